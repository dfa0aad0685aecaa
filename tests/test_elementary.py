"""Functions and sums of our own: how exact they are, that their bits never change, and that nothing takes others' instead."""

import ast
import hashlib
import math
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import afmnn
from afmnn import _core, _elementary
from afmnn._seed import unit_numbers

# Where NumPy's long double is no wider than double, its own error counts.
REFERENCE_ERROR = 0.0 if np.finfo(np.longdouble).nmant > 60 else 1.0


def ulps(values, exact):
    """Distance in units in the last place of `exact`, at least those of the smallest normal numbers."""
    unit = np.ldexp(1.0, np.maximum(np.frexp(exact.astype(np.float64))[1], -1021) - 53)
    return np.abs((values.astype(np.longdouble) - exact) / unit).astype(np.float64)


@pytest.mark.parametrize(
    ("name", "low", "high", "most"),
    [("exp", -708.0, 709.0, 0.7), ("log", 1e-9, 5.0, 0.9), ("sin", -20.0, 20.0, 0.8), ("cos", -20.0, 20.0, 0.8)],
)
def test_functions_are_exact_to_an_ulp(rng, name, low, high, most):
    x = rng.uniform(low, high, 20000)
    found = getattr(_elementary, name)(x)
    assert ulps(found, getattr(np, name)(x.astype(np.longdouble))).max() - REFERENCE_ERROR < most
    one = getattr(_elementary, name)(float(x[0]))
    assert isinstance(one, float)
    assert one == found[0]


def test_error_function(rng):
    x = rng.uniform(-6.0, 6.0, 20000)
    exact = np.array([math.erf(value) for value in x])
    assert np.abs(_elementary.erf(x) / exact - 1).max() < 1e-15  # the C library's has errors itself
    assert _elementary.erf(8.0) == 1.0
    assert math.isnan(_elementary.erf(math.nan))


def test_hypotenuse():
    assert _core.hypot(3e-200, -4e-200) == pytest.approx(5e-200, rel=3e-16, abs=0)
    assert _core.hypot(5e200, 12e200) == pytest.approx(13e200, rel=3e-16)


@pytest.mark.parametrize(
    ("name", "low", "high", "digest"),
    [
        ("exp", -700.0, 700.0, "5e5462a03269011f"),
        ("log", 0.0, 9.0, "136b449b6a373382"),
        ("sin", -9.0, 9.0, "386d33e68a03db34"),
        ("cos", -9.0, 9.0, "ea94af9143bb22b9"),
        ("erf", -6.0, 6.0, "a1fa8495aeca96de"),
    ],
)
def test_bits_never_change(name, low, high, digest):
    x = low + (high - low) * (np.arange(1, 20001) / 20001)
    assert hashlib.sha256(getattr(_elementary, name)(x).tobytes()).hexdigest()[:16] == digest


def test_sums_are_exact_to_rounding(rng):
    for shape in ((1, 1), (3, 1024), (7, 1500), (256, 256), (1, 100_000)):
        values = rng.normal(1.0, 2.0, shape)
        centre = 0.75
        squares = math.fsum(float(Fraction(x) ** 2) for x in (values - centre).flat)
        assert _core.total(values) == pytest.approx(math.fsum(values.flat), rel=1e-13)
        assert _core.sum_of_squares(values, centre) == pytest.approx(squares, rel=1e-13)
        assert _elementary.mean(values) == pytest.approx(values.mean(), rel=1e-13)
        assert _elementary.spread(values) == pytest.approx(values.std(), rel=1e-13)


def test_sums_depend_on_shape_and_values_only(rng):
    values = rng.normal(size=(37, 1111))
    large = np.zeros((3 * 37, 2 * 1111))
    spaced, turned, backwards = large[::3, ::2], np.asfortranarray(values), values[::-1, ::-1].copy()[::-1, ::-1]
    spaced[...] = values
    for same in (spaced, turned, backwards):
        assert _core.total(same) == _core.total(values)
        assert _core.sum_of_squares(same, 0.3) == _core.sum_of_squares(values, 0.3)
    single = values.astype(np.float32)
    assert _elementary.mean(single) == _elementary.mean(single.astype(np.float64))
    assert _elementary.mean(values[0]) == _elementary.mean(values[:1])


def test_uniform_numbers_are_those_that_networks_have_always_begun_with():
    expected = np.random.Generator(np.random.Philox(key=7)).random(5)
    assert unit_numbers(np.random.Philox(key=7), 5).tolist() == expected.tolist()


def test_of_zeros_with_both_signs_the_smallest_is_positive():
    for zeros in ([[-0.0, 0.0]], [[0.0, -0.0]], [[-0.0]]):
        _, low, high = _core.finite_range(np.array(zeros), 1)
        assert (math.copysign(1, low), math.copysign(1, high)) == (1, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: _core.object_profile("box", 1e300, 1.0, 1.0, 0.0, 1.0, 1.0),
        lambda: _core.object_profile("half_sphere", math.nan, 1.0, 1.0, 0.0, 1.0, 1.0),
        lambda: _core.object_profile("half_sphere", 5.0, 1.0, 1.0, 1e9, 1.0, 1.0),
        lambda: afmnn.tips.tip_model("cone", radius=1.0, rotation=7.0, height_range=1.0, pixel_size=1.0),
        lambda: _core.TipModel(
            "cone", radius=math.nan, half_angle=0.5, sides=4, rotation=0.0, anisotropy=1.0, height_range=1.0, dy=1.0, dx=1.0
        ),
        lambda: _core.TipModel(
            "cone", radius=1.0, half_angle=math.nan, sides=4, rotation=0.0, anisotropy=1.0, height_range=1.0, dy=1.0, dx=1.0
        ),
    ],
)
def test_what_is_no_number_of_pixels_is_an_error(call):
    with pytest.raises(ValueError, match=r"too large to be counted|must"):
        call()


# ---- nothing takes others' ----------------------------------------------------------------------------------------------------

# Exact, or correctly rounded, in every C library.
EXACT = {"ceil", "floor", "trunc", "rint", "nearbyint", "sqrt", "sqrtf", "fma", "fmaf", "fabs", "ceilf", "floorf", "truncf"}
LIBM = """acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh erf erfc exp exp10 exp2 expm1 fabs fdim floor fma fmod hypot
j0 j1 lgamma log log10 log1p log2 logb nearbyint nextafter pow remainder rint round sin sincos sinh sqrt tan tanh tgamma trunc"""


@pytest.mark.skipif(shutil.which("nm") is None or not sys.platform.startswith("linux"), reason="needs nm and ELF")
def test_the_core_calls_nothing_of_the_math_library_that_is_not_exact():
    listing = subprocess.run(["nm", "-D", "--undefined-only", _core.__file__], capture_output=True, text=True, check=True).stdout
    called = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
    assert "memcpy" in called
    assert called & {name + kind for name in LIBM.split() for kind in ("", "f", "l")} <= EXACT


# What decides something is ours; what is only shown may be anybody's.
SHOWN = {
    "_text.py": {"math.log10", "**"},  # the prefix of a unit, with room for rounding
    "_files/json_header.py": {"**"},  # of integers
    "cli/_curve.py": {".mean"},
    "cli/_info.py": {".mean", ".sum", "np.einsum"},
    "cli/_level.py": {"np.std"},
    "cli/_parser.py": {"**"},  # of integers
    "cli/_synth.py": {".std"},
    "correct/background.py": {".sum"},  # of integers
    "correct/levelling_bias.py": {"np.exp", "np.hypot", "np.linalg", "@", "**", ".mean"},  # a figure
    "evaluation/figures.py": {"np.round"},  # to nine digits, so that what is chosen depends on no last one
    "evaluation/plots.py": {".mean", "**"},  # pixels of a picture, labels of axes
    "evaluation/report_image.py": {"np.nanmean", ".sum"},
    "formats/gwyddion.py": {"**"},  # of integers
    "metrics/errors.py": {"math.log10"},  # decibels
    "showing/sampled.py": {"math.log10", "**"},  # round lengths of scale bars
    "metrics/autocorrelation.py": {"np.fft"},
    "metrics/similarity.py": {"np.exp", "**", ".mean", ".sum"},
    "metrics/spectrum.py": {"math.log10", "np.log2", "np.cos", "np.fft", "np.mean", ".mean", ".sum"},
    "metrics/terraces.py": {".sum", "np.convolve"},  # of integers
    "training/search_runner.py": {"np.mean"},  # of decibels
}
ELSEWHERE = {"correct/level.py", "tips/blind.py"}
NUMPY = """arcsin arccos arctan arctan2 average convolve corrcoef correlate cov dot einsum fft float_power geomspace inner linalg
logspace matmul mean nanmean nansum nanstd nanvar polyfit power random.Generator random.default_rng sinc std sum tensordot var
vdot"""
OTHERS = {f"{module}.{name}" for name in set(LIBM.split()) - EXACT - {"remainder"} for module in ("math", "np")}
OTHERS |= {f"np.{name}" for name in NUMPY.split()}
METHODS = {"mean", "std", "sum", "var", "dot"}
PACKAGE = Path(afmnn.__file__).parent
SOURCES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
SOURCES = {name: path for name, path in SOURCES.items() if not name.startswith("_reference") and name not in ELSEWHERE}


def dotted(node):
    """Return the dotted name of an expression; an empty text for what is none."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree):
    """Return what a module calls of others', and its operators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and any(dotted(node).startswith(f"{name}.") for name in ("np.fft", "np.linalg")):
            yield ".".join(dotted(node).split(".")[:2])
        if isinstance(node, ast.Call) and dotted(node.func) in OTHERS:
            yield dotted(node.func)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield f".{node.func.attr}"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield "@"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not of_integers(node):
            yield "**"


def of_integers(power):
    """Tell whether a power is that of integers, which Python computes itself."""
    return all(isinstance(side, ast.Constant) and isinstance(side.value, int) for side in (power.left, power.right))


@pytest.mark.parametrize("name", SOURCES)
def test_python_code_calls_nothing_whose_bits_may_change(name):
    assert set(calls(ast.parse(SOURCES[name].read_text(encoding="utf-8")))) == SHOWN.get(name, set())


def test_what_is_looked_for_is_found():
    code = "np.linalg.lstsq(a, b); math.exp(x); a @ b; x ** 1.5; 2 ** 64; heights.std(); np.sqrt(x); np.median(x)"
    assert set(calls(ast.parse(code))) == {"np.linalg", "math.exp", "@", "**", ".std"}
