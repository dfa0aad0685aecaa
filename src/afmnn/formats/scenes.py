"""Scenes in files: JSON that can only name generators of `afmnn.synth`."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from .._files import json_header
from .._files.atomic import atomic_writer
from .._files.regular import PathLike, open_regular
from ..errors import FormatError
from ..synth.recipes import Recipe
from ..synth.scene import Scene

_FORMAT = "afmnn scene"
_VERSION = 1


def write_scene(scene: Scene, path: PathLike) -> None:
    """Write a scene, whole or not at all; see `Scene.save`."""
    text = json.dumps({"format": _FORMAT, "version": _VERSION, **_plain(scene)}, indent=1, allow_nan=False)
    with atomic_writer(path) as file:
        file.write(text.encode() + b"\n")


def read_scene(path: PathLike, kind: type[Scene] = Scene) -> Scene:
    """Read a scene that `write_scene` wrote; see `Scene.load`."""
    with open_regular(path) as (file, size):
        if size > json_header.LONGEST:
            raise FormatError(f"is too large for a scene, {size} bytes instead of at most {json_header.LONGEST}")
        value = json_header.from_bytes(file.read(size))
        if value.pop("format", None) != _FORMAT:
            raise FormatError("is not a scene of afmnn")
        version = value.pop("version", None)
        if version != _VERSION:
            raise FormatError(f"has version {version!r} of the format, this afmnn reads version {_VERSION}")
        try:
            for name in ("surfaces", "defects"):
                value[name] = [Recipe(**recipe) for recipe in value[name]]
            return kind(**value)
        except KeyError as error:
            raise FormatError(f"is no scene: it has no {error}") from error
        except (TypeError, ValueError) as error:
            raise FormatError(f"is no scene: {error}") from error


def _plain(scene: Scene) -> dict[str, Any]:
    """Return only tuples, lists, dictionaries, text and numbers, for JSON."""
    value = {field.name: getattr(scene, field.name) for field in dataclasses.fields(scene)}
    value["instrument"] = scene.instrument.to_dict()
    for name in ("surfaces", "defects"):
        value[name] = [{f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)} for recipe in value[name]]
        for recipe in value[name]:
            recipe["parameters"] = dict(recipe["parameters"])
    return value
