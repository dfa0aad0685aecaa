"""Names of a package that are imported when they are first asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def importer(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's ``__getattr__``.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    places : mapping of str to str
        For each name, the module below the package that has it; a name that is its own place is that module.
    """

    def found_later(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = importlib.import_module(f".{places[name]}", package)
        found = module if name == places[name] else getattr(module, name)
        setattr(sys.modules[package], name, found)
        return found

    return found_later
