"""The fused multiply-add that all kernels stand on, compared with exact rational arithmetic on every instruction set."""

import os
import subprocess
import sys
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from afmnn import _core

FORMATS = {np.float32: (24, -149, 127), np.float64: (53, -1074, 1023)}  # digits, least exponent, greatest of a leading digit
SETS = ("generic", "avx2", "avx512")


def rounded(exact, dtype):
    """The number of a format that is nearest to a fraction, the even one of two."""
    digits, least, greatest = FORMATS[dtype]
    if exact == 0:
        return dtype(0.0)
    size = abs(exact)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if size < Fraction(2) ** exponent:
        exponent -= 1  # of the leading digit
    last = max(exponent - digits + 1, least)
    whole = round(size / Fraction(2) ** last)  # Python rounds halves to even
    if whole * Fraction(2) ** last >= Fraction(2) ** (greatest + 1):
        return dtype(np.copysign(np.inf, float(exact > 0) - 0.5))
    return dtype(np.copysign(np.ldexp(dtype(whole), last), 1.0 if exact > 0 else -1.0))


def expected(a, b, c, dtype):
    """The rounded value of a * b + c, by fractions where all are finite and by IEEE 754's rules for the rest."""
    if not np.isfinite([a, b, c]).all() or a == 0 or b == 0:
        with np.errstate(invalid="ignore"):
            return c if np.isfinite([a, b]).all() and not np.isfinite(c) else dtype(a * b + c)
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    if exact == 0:
        return dtype(np.copysign(0.0, float(a) * np.sign(float(b)))) if c == 0 else dtype(0.0)
    result = rounded(exact, dtype)
    return dtype(np.copysign(result, float(exact > 0) - 0.5))


def cases(dtype):
    """Triples that fused operations are got wrong with: (n, 3)."""
    digits, least, greatest = FORMATS[dtype]
    rng = np.random.default_rng(digits)
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, np.ldexp(1.0, least), np.ldexp(1.0, greatest), np.finfo(dtype).max]
    triples = [np.array(list(product(special, repeat=3)), dtype)]

    def numbers(count, low, high):
        values = rng.integers(2 ** (digits - 1), 2**digits, count) * rng.choice([-1.0, 1.0], count)
        return np.ldexp(values, rng.integers(low, high, count) - digits).astype(dtype)

    n = 400
    a, b = numbers(n, -20, 20), numbers(n, -20, 20)
    near = (a.astype(np.longdouble) * b).astype(dtype)
    for c in (
        numbers(n, -60, 60),  # any
        -near,  # only the product's low part is left
        np.nextafter(-near, dtype(np.inf)),
        np.ldexp(near, rng.integers(-digits - 3, -digits + 3, n)).astype(dtype),  # about half a unit of the last place
        np.ldexp(near, rng.integers(digits - 3, 2 * digits + 3, n)).astype(dtype),
    ):
        triples.append(np.stack([a, b, c], axis=1))
    # Halfway: products and terms of few digits; then everywhere between the smallest and the largest numbers.
    few = [np.ldexp(rng.integers(1, 2 ** (digits // 2 + 1), n), -3).astype(dtype) for _ in range(2)]
    triples.append(np.stack([*few, np.ldexp(1.0, rng.integers(digits - 4, digits + 9, n)).astype(dtype)], axis=1))
    low, high = (least + digits, greatest)
    triples.append(np.stack([numbers(n, low, high) for _ in range(3)], axis=1))
    half = numbers(n, low // 2 - 12, low // 2 + 12), numbers(n, low // 2 - 12, low // 2 + 12)
    tiny = np.ldexp(rng.integers(-9, 9, n).astype(float), least).astype(dtype)
    triples.append(np.stack([*half, tiny], axis=1))  # subnormal results
    triples.append(np.stack([*half, numbers(n, low, low + 8)], axis=1))
    large = numbers(n, high // 2 - 3, high // 2 + 3), numbers(n, high // 2 - 3, high // 2 + 3)
    triples.append(np.stack([*large, numbers(n, high - 6, high)], axis=1))  # overflow
    found = np.concatenate(triples)
    return np.concatenate([found, np.zeros((-len(found) % 16, 3), dtype)])


def check(dtype):
    """Compare all cases; called in a process of every instruction set."""
    triples = cases(dtype)
    got = _core.fused_multiply_add(*(np.ascontiguousarray(column) for column in triples.T))
    wanted = np.array([expected(*triple, dtype) for triple in triples])
    missing = np.isnan(wanted)
    bits = {np.float32: np.uint32, np.float64: np.uint64}[dtype]
    wrong = np.where(missing, ~np.isnan(got), got.view(bits) != wanted.view(bits))  # signs of zeros count
    assert not wrong.any(), [(*map(float, triples[i]), float(got[i]), float(wanted[i])) for i in np.flatnonzero(wrong)[:5]]
    assert np.isinf(wanted).sum() > 100
    assert (np.abs(wanted[np.isfinite(wanted)]) < np.finfo(dtype).tiny).sum() > 100


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("simd", SETS)
def test_rounded_once(simd, dtype):
    run = [sys.executable, __file__, dtype.__name__]
    done = subprocess.run(run, env={**os.environ, "AFMNN_SIMD": simd}, capture_output=True, text=True, check=False)
    if "AFMNN_SIMD must name an instruction set" in done.stderr:
        pytest.skip(f"this machine has no {simd}")
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        check(getattr(np, sys.argv[1]))
