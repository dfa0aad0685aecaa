"""Gwyddion files for the tests, built byte by byte after the format's description."""

import struct

import numpy as np

import afmnn


def make(shape=(4, 6), **fields):
    heights = np.random.default_rng(5).normal(size=shape) * 1e-9
    return afmnn.Image(heights, **({"size": (2e-6, 3.5e-6), "unit_xy": "m", "unit_z": "V", "title": "Höhe / µ"} | fields))


def text(value):
    return value.encode() + b"\0"


def part(name, kind, value):
    return text(name) + kind.encode() + value


def obj(name, *parts):
    body = b"".join(parts)
    return text(name) + struct.pack("<I", len(body)) + body


def field(rows=4, cols=6, *more, heights=None, **changes):
    heights = np.arange(rows * cols, dtype="<f8") if heights is None else heights
    values = {
        "xres": part("xres", "i", struct.pack("<i", cols)),
        "yres": part("yres", "i", struct.pack("<i", rows)),
        "xreal": part("xreal", "d", struct.pack("<d", 3e-6)),
        "yreal": part("yreal", "d", struct.pack("<d", 2e-6)),
        "xoff": part("xoff", "d", struct.pack("<d", -7e-6)),
        "yoff": part("yoff", "d", struct.pack("<d", 5e-6)),
        "si_unit_xy": part("si_unit_xy", "o", obj("GwySIUnit", part("unitstr", "s", text("m")))),
        "si_unit_z": part("si_unit_z", "o", obj("GwySIUnit", part("unitstr", "s", text("V")))),
        "data": part("data", "D", struct.pack("<I", heights.size) + heights.tobytes()),
    } | changes
    return obj("GwyDataField", *(value for value in values.values() if value is not None), *more)


def container(*parts):
    return b"GWYP" + obj("GwyContainer", *parts)
