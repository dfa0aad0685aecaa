"""What ``afmnn synth`` can make, as the signatures and docstrings of the generators say it."""

from __future__ import annotations

import inspect
import re
import shutil
import textwrap
import typing
from typing import Any

from ..synth.recipes import DEFECTS, SURFACES, settings_of
from ._print import say, say_json
from ._settings import ANGLES, GENERATORS, HEIGHTS, LENGTHS

_SEE = re.compile(r"(?:see|as in) `(\w+)`", re.IGNORECASE)


def say_list(*, as_json: bool) -> None:
    """Print all generators, a line each."""
    groups = {"surfaces": SURFACES, "defects": DEFECTS}
    summaries = {group: {name: _summary(function) for name, function in known.items()} for group, known in groups.items()}
    if as_json:
        say_json(command="synth", **summaries)
        return
    width = max(map(len, GENERATORS))
    for group, lines in summaries.items():
        say(f"{group}:")
        for name, line in lines.items():
            say(f"  {name:<{width}}  {line}")
    say("scenes:")
    say(f"  {'default':<{width}}  A noisy and an ideal image of one of the surfaces above, with the usual noise.")
    say(f"  {'FILE.json':<{width}}  The same from a file that Scene.save wrote.")
    say("'afmnn synth NAME --help' says what the settings of NAME are.")


def describe(name: str) -> str:
    """Return the help of one generator: its settings with their ranges and defaults."""
    function = GENERATORS[name]
    texts = documented(name)
    lines = [f"usage: afmnn synth {name} KEY=VALUE... -o FILE [options]"]
    if name in DEFECTS:
        lines.append(f"       afmnn synth --base FILE --add {name}:KEY=VALUE,... -o FILE")
    lines += ["", _summary(function), "", "settings, and what they are by default:"]
    for key, parameter in settings_of(function).items():
        needed = parameter.default is parameter.empty
        remarks = ["required"] if needed else ["optional"] if parameter.default is None else []
        remarks += ["a length"] if key in LENGTHS else ["a height"] if key in HEIGHTS else ["an angle"] if key in ANGLES else []
        choices = _choices(function, key)
        head = f"  {key}={'...' if needed else _typed(parameter.default)}"
        lines.append(f"{head:<30}{', '.join(remarks)}".rstrip())
        if choices:
            lines += _wrapped("one of " + ", ".join(choices))
        lines += _wrapped(texts[key])
    lines.append("")
    lines += textwrap.wrap(
        "Lengths and heights take units: 0.5um, 39nm, 3Å; without one they are in m where --size or --pixel-size is given, else "
        "lengths are in pixels. Angles are in radians, or 30deg. 'afmnn synth --help' has the options.",
        _width(),
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"


def documented(name: str) -> dict[str, str]:
    """Return what the docstring says of each setting; what it says elsewhere is taken from there."""
    function = GENERATORS[name]
    sections = _parameters(function)
    result = {}
    for key in settings_of(function):
        text = sections[key]
        found = _SEE.match(text)
        other = GENERATORS.get(found[1]) if found else None
        elsewhere = _parameters(other).get(key) if other is not None else None
        if found and elsewhere:
            text = f"{elsewhere} {text[found.end() :].lstrip(' .;')}".strip()
        result[key] = text.replace("``", "").replace("`", "").replace("**", "^")
    return result


def _parameters(function: Any) -> dict[str, str]:
    """Return the section of parameters of a docstring, a text for each name."""
    section = (inspect.getdoc(function) or "").partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    result: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if not line.startswith(" "):
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
            result.update(dict.fromkeys(names, ""))
        else:
            result.update({name: f"{result[name]} {line.strip()}".strip() for name in names})
    return result


def _choices(function: Any, key: str) -> tuple[str, ...]:
    """Return the words that a setting may be, none where it is no word."""
    original = inspect.unwrap(function)
    # Because names of types that only the checker needs may be missing, one annotation is looked up, not all.
    kind = original.__globals__.get(original.__annotations__[key])
    return tuple(each for each in typing.get_args(kind) if isinstance(each, str))


def _summary(function: Any) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0].replace("`", "")


def _typed(value: Any) -> str:
    """Return a default as it is typed on the command line."""
    if value is None:
        return "..."
    if isinstance(value, bool):
        return str(value).lower()
    return (
        f"[{','.join(map(_typed, value))}]"
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _width(), initial_indent=" " * 6, subsequent_indent=" " * 6, break_on_hyphens=False)


def _width() -> int:
    return min(shutil.get_terminal_size().columns - 2, 100)
