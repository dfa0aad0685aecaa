"""Numbers with units on the command line."""

import argparse
import math

import pytest

from afmnn.cli._quantities import find_quantity, length, lengths


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("0.47um", "m", 0.47e-6),
        ("0.47µm", "m", 0.47e-6),
        ("0.47\u03bcm", "m", 0.47e-6),
        ("39 nm", "m", 39e-9),
        ("39nm", "nm", 39.0),
        ("1.5e3nm", "m", 1.5e-6),
        ("3Å", "m", 3e-10),
        ("250pm", "nm", 0.25),
        (".5mm", "m", 0.5e-3),
        ("-7.nm", "m", -7e-9),
        ("+2mV", "V", 2e-3),
        ("2mV", "µV", 2000.0),
        ("5e-9", "m", 5e-9),
        ("12", "", 12.0),
    ],
)
def test_a_number_is_the_one_that_python_reads(text, unit, expected):
    assert find_quantity(text).number(unit) == expected  # equal, not close: the same seed is to give the same bits


@pytest.mark.parametrize(
    ("text", "expected"), [("30deg", math.radians(30)), ("30°", math.radians(30)), ("0.5", 0.5), ("50mrad", 0.05)]
)
def test_angles_are_in_radians(text, expected):
    assert find_quantity(text).radians() == expected


@pytest.mark.parametrize("text", ["", "nm", "sphere", "5zz", "1.2.3nm", "0x10", "5nm6", "inf", "nan"])
def test_other_texts_are_no_quantities(text):
    assert find_quantity(text) is None


@pytest.mark.parametrize(("text", "unit"), [("5V", "m"), ("5nm", ""), ("5deg", "m"), ("5nm", "V")])
def test_another_unit_is_refused(text, unit):
    with pytest.raises(ValueError, match="must be in"):
        find_quantity(text).number(unit)


def test_a_size_is_one_length_or_two():
    assert [each.number("m") for each in lengths("5umx10um")] == [5e-6, 10e-6]
    assert length("39e-9").number("m") == 39e-9
    for text in ("5umx", "1umx2umx3um", "5V", "wide"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not a"):
            lengths(text)
