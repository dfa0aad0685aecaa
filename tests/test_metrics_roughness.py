"""Roughness: Sq, Sa, Ssk, Sku, Sz."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import Image, synth
from afmnn.metrics import sa, sku, sq, ssk, sz

ALL = (sq, sa, ssk, sku, sz)


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e-200, 1e200])
def test_roughness_of_known_surfaces(unit, rng):
    x = np.arange(4096) * 2 * np.pi / 4096
    wave = np.tile(3 + 2 * np.sin(x), (3, 1)) * unit
    assert_allclose(sq(wave) / unit, np.sqrt(2), rtol=1e-12)
    assert_allclose(sa(wave) / unit, 4 / np.pi, rtol=1e-6)
    holes = Image(np.vstack([wave, np.full_like(wave[:1], np.nan)]))
    assert_allclose(sq(holes), sq(wave), rtol=1e-12)
    assert_allclose(sa(holes), sa(wave), rtol=1e-12)
    assert sq(np.full((3, 4), 0.1 * unit)) <= 1e-15 * unit


@pytest.mark.parametrize("unit", [1.0, 1e-9, 1e-200, 1e200])
def test_shape_of_known_distributions(unit):
    wave = np.tile(np.sin(np.arange(4096) * 2 * np.pi / 4096), (3, 1)) * unit
    assert abs(ssk(wave)) < 1e-12
    assert_allclose(sku(wave), 1.5, rtol=1e-12)
    assert_allclose(sz(wave) / unit, 2.0, rtol=1e-12)
    share = 0.1  # of the pixels lie high: Ssk = (1 - 2 p) / sqrt(p (1 - p)), Sku = 1 + Ssk^2
    towers = np.zeros((20, 50))
    towers[:2] = unit
    assert_allclose(ssk(towers), (1 - 2 * share) / np.sqrt(share * (1 - share)), rtol=1e-12)
    assert_allclose(sku(towers), 1 + ssk(towers) ** 2, rtol=1e-12)
    assert ssk(-towers) == pytest.approx(-ssk(towers), rel=1e-12)
    assert sz(towers) == unit


def test_formulas_in_another_way(rng):
    z = rng.gamma(2.0, size=(31, 45))
    rest = z - z.mean()
    assert_allclose(ssk(z), np.mean(rest**3) / z.std() ** 3, rtol=1e-12)
    assert_allclose(sku(z), np.mean(rest**4) / z.var() ** 2, rtol=1e-12)
    assert_allclose(sz(z), np.ptp(z), rtol=0)
    assert_allclose([ssk(z + 2.0**30), sku(z + 2.0**30)], [ssk(z), sku(z)], rtol=1e-6)  # the offset takes 30 bits of the relief


def test_normal_heights_have_neither_skewness_nor_excess():
    z = synth.noise((512, 512), rms=3.0, seed=1)
    assert abs(ssk(z)) < 4 * np.sqrt(6 / z.size)
    assert abs(sku(z) - 3) < 4 * np.sqrt(24 / z.size)


def test_one_pixel_and_one_row():
    for measure in (sq, sa, sz):
        assert measure([[5.0]]) == 0.0
    assert sz([[1.0, 4.0, 2.0]]) == 3.0
    assert ssk([[0.0, 0.0, 3.0]]) == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize("measure", ALL)
def test_refusals(measure):
    with pytest.raises(ValueError, match="image must have pixels that are not NaN, got none"):
        measure(np.full((3, 2), np.nan))
    with pytest.raises(ValueError, match="image must not have infinite heights"):
        measure(np.full((3, 2), -np.inf))
    with pytest.raises(ValueError, match="image must have pixels that are not NaN and count, got none"):
        measure([[np.nan, 1.0]], mask=[[1, 0]])


def test_what_has_no_shape_and_no_range():
    for measure in (ssk, sku):
        for constant in ([[7.0]], np.full((3, 4), 7.0), Image(np.full((3, 4), 7.0))):
            with pytest.raises(ValueError, match="image must not be constant, got 7 everywhere"):
                measure(constant)
        with pytest.raises(ValueError, match="image must not be constant, got 0 everywhere"):
            measure([[0.0, 0.0, 1.0]], mask=[[1, 1, 0]])
    for measure in (ssk, sku, sz):
        with pytest.raises(ValueError, match=r"a range of heights that is a number, got -1.5e\+308 to 1.5e\+308"):
            measure([[-1.5e308, 1.5e308]])
