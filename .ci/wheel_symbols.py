"""Say what makes a wheel need the glibc that its tag names: ``python wheel_symbols.py WHEEL`` (needs pyelftools)."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator

from elftools.elf.elffile import ELFFile

GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)")
#: What must not be asked of the system: old ones have an older one.
FORBIDDEN = re.compile(r"libstdc\+\+")


def versions(module: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield version and name of every symbol that a shared library wants of glibc."""
    elf = ELFFile(io.BytesIO(module))
    symbols, indices, needs = (elf.get_section_by_name(name) for name in (".dynsym", ".gnu.version", ".gnu.version_r"))
    if symbols is None or indices is None or needs is None:
        return
    names = {auxiliary["vna_other"]: auxiliary.name for _, those in needs.iter_versions() for auxiliary in those}
    for number, symbol in enumerate(symbols.iter_symbols()):
        index = indices.get_symbol(number)["ndx"]
        found = GLIBC.fullmatch(names.get(index, "") if isinstance(index, int) else "")
        if found:
            yield (int(found[1]), int(found[2])), symbol.name


def libraries(module: bytes) -> list[str]:
    """Return the shared libraries that one is linked to."""
    dynamic = ELFFile(io.BytesIO(module)).get_section_by_name(".dynamic")
    return [] if dynamic is None else [tag.needed for tag in dynamic.iter_tags("DT_NEEDED")]


def main(wheel: str) -> int:
    """Print, for every module of a wheel, what it is linked to and the symbols of its newest glibc; 1 if one is not portable."""
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(entry for entry in archive.namelist() if re.search(r"\.so(\.|$)", entry))
        modules = {name: archive.read(name) for name in names}
    wanted = {name: sorted(set(versions(module))) for name, module in modules.items()}
    newest = max((symbols[-1][0] for symbols in wanted.values() if symbols), default=(0, 0))
    wrong = False
    for name, module in modules.items():
        linked = libraries(module)
        print(f"{name}: linked to {', '.join(linked) or 'nothing'}")
        for version in sorted({version for version, _ in wanted[name]}, reverse=True)[:2]:
            symbols = ", ".join(symbol for other, symbol in wanted[name] if other == version)
            print(f"  glibc {version[0]}.{version[1]}{' (sets the tag)' if version == newest else ''}: {symbols}")
        wrong = wrong or any(FORBIDDEN.match(library) for library in linked)
    if wrong:
        print("a module must not be linked to libstdc++: older systems have an older one", file=sys.stderr)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
