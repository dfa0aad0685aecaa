"""The objects compiled for one instruction set leave nothing behind that other machines might run."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def check_symbols():
    path = ROOT / "cpp/tests/check_symbols.py"
    if not path.is_file():
        pytest.skip("needs the source tree")
    spec = importlib.util.spec_from_file_location("check_symbols", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_build_in_the_tree_is_clean(check_symbols, capsys):
    """Builds of an editable installation lie in build/; CTest runs the same script on its own."""
    results = {folder: check_symbols.main([str(folder)]) for folder in (ROOT / "build").glob("*") if folder.is_dir()}
    looked_at = {folder: result for folder, result in results.items() if result != check_symbols.SKIPPED}
    if not looked_at:
        pytest.skip("needs a build folder with ELF objects")
    assert set(looked_at.values()) == {0}, capsys.readouterr().out


@pytest.mark.skipif(shutil.which("g++") is None or not sys.platform.startswith("linux"), reason="needs g++ and ELF")
def test_what_is_found(check_symbols, tmp_path, capsys):
    table = "namespace afmnn::simd { const int* avx2_kernels(); const int* avx2_kernels() { static int t; return &t; } "
    cases = {
        "namespace { inline int twice(int x) { return 2 * x; } } }": None,
        "inline int twice(int x) { return 2 * x; } int (*keep)(int); void set() { keep = twice; } }": "W afmnn::simd::twice(int)",
        "inline int* once() { static int n; return &n; } int* get() { return once(); } }": "u afmnn::simd::once()::n",
        "int visible() { return 1; } }": "T afmnn::simd::visible()",
    }
    for i, (code, fault) in enumerate(cases.items()):
        folder = tmp_path / str(i)
        folder.mkdir()
        source = folder / "kernels_avx2.cpp"
        source.write_text(table + code)
        subprocess.run(["g++", "-std=c++17", "-O0", "-c", source.name, "-o", "kernels_avx2.cpp.o"], cwd=folder, check=True)
        assert check_symbols.main([str(folder)]) == (0 if fault is None else 1)
        assert fault is None or fault in capsys.readouterr().out
    (tmp_path / "0" / "kernels_avx512.cpp.o").write_bytes((tmp_path / "0" / "kernels_avx2.cpp.o").read_bytes())
    assert check_symbols.main([str(tmp_path / "0")]) == 1
    assert "does not define afmnn::simd::avx512_kernels()" in capsys.readouterr().out
    assert check_symbols.main([str(tmp_path / "nothing")]) == check_symbols.SKIPPED
    (tmp_path / "0" / "CMakeCache.txt").write_text("AFMNN_SANITIZE:STRING=address\n")
    assert check_symbols.main([str(tmp_path / "0")]) == check_symbols.SKIPPED


@pytest.mark.skipif(shutil.which("aarch64-linux-gnu-g++") is None, reason="needs a cross compiler for ARM64")
def test_objects_of_another_processor(check_symbols, tmp_path, capsys):
    """CMake writes down which nm reads them."""
    (tmp_path / "kernels_generic.cpp").write_text(
        "namespace afmnn::simd { const int* generic_kernels(); const int* generic_kernels() { static int t; return &t; } "
        "inline int twice(int x) { return 2 * x; } int (*keep)(int) = twice; }"
    )
    command = ["aarch64-linux-gnu-g++", "-std=c++17", "-O0", "-c", "kernels_generic.cpp", "-o", "kernels_generic.cpp.o"]
    subprocess.run(command, cwd=tmp_path, check=True)
    (tmp_path / "CMakeCache.txt").write_text(f"CMAKE_NM:FILEPATH={shutil.which('aarch64-linux-gnu-nm')}\n")
    assert check_symbols.main([str(tmp_path)]) == 1
    assert "W afmnn::simd::twice(int)" in capsys.readouterr().out
