"""Atoms on a lattice: the twin's heights, distances, strain, vacancies, and peaks of the spectrum where the lattice has them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial import cKDTree

from afmnn import synth
from afmnn._reference import atomic_lattice as reference

CASES = (
    {"kind": "square"},
    {"kind": "hexagonal", "second_site": 0.6, "angle": 0.4},
    {"kind": "oblique", "aspect_ratio": 1.7, "cell_angle": 1.2, "angle": -1.0, "second_site": 1.0},
    {"kind": "hexagonal", "strain_x": 0.2, "strain_y": -0.1, "shear": 0.15, "vacancies": 0.2, "position_spread": 0.1},
)


@pytest.mark.parametrize("settings", CASES)
@pytest.mark.parametrize(("shape", "pixel"), [((2, 3), (1.0, 1.0)), ((41, 60), (1.0, 1.0)), ((50, 33), (1.5, 0.8))])
def test_matches_twin(shape, pixel, settings):
    ours, info = synth.atomic_lattice(
        shape, period=7.0, height=3e-9, width=0.2, pixel_size=pixel, seed=3, return_info=True, **settings
    )
    twin = reference.draw(info, shape, height=3e-9, second_site=settings.get("second_site", 0.0), width=1.4, pixel=pixel)
    assert_allclose(ours, twin, rtol=1e-11, atol=3e-9 * 1e-6)


def inner(info, shape, second=False):
    """Places of atoms of one kind, well inside of the image, and of all of that kind."""
    chosen = info["second"] == second
    places = np.stack([info["y"], info["x"]], axis=1)[chosen]
    inside = np.all((places > 30) & (places < np.array(shape) - 30), axis=1)
    return places[inside], places


@pytest.mark.parametrize(("kind", "neighbours"), [("square", 4), ("hexagonal", 6)])
def test_neighbours_are_a_period_away(kind, neighbours):
    shape = (120, 150)
    _, info = synth.atomic_lattice(shape, kind=kind, period=9.5, height=1.0, angle=0.3, seed=1, return_info=True)
    some, places = inner(info, shape)
    distances, _ = cKDTree(places).query(some, k=neighbours + 2)
    assert_allclose(distances[:, 1 : neighbours + 1], 9.5, rtol=1e-9)
    assert np.all(distances[:, neighbours + 1] > 1.3 * 9.5)
    cell = 9.5**2 * (np.sqrt(3) / 2 if kind == "hexagonal" else 1.0)
    assert len(some) == pytest.approx(60 * 90 / cell, rel=0.12)


def test_second_atoms_of_a_hexagonal_lattice_are_in_the_middle_between_three():
    shape = (120, 150)
    _, info = synth.atomic_lattice(shape, period=9.0, height=1.0, second_site=0.5, seed=1, return_info=True)
    some, _ = inner(info, shape, second=True)
    _, firsts = inner(info, shape)
    distances, _ = cKDTree(firsts).query(some, k=4)
    assert_allclose(distances[:, :3], 9.0 / np.sqrt(3), rtol=1e-9)
    assert np.all(distances[:, 3] > 9.0)


def test_strain_moves_all_atoms_by_its_matrix():
    settings = {"period": 9.0, "height": 1.0, "kind": "oblique", "aspect_ratio": 1.5, "cell_angle": 1.0, "angle": 0.7}
    _, info = synth.atomic_lattice((60, 60), return_info=True, seed=1, **settings)
    strained = {"strain_x": 0.1, "strain_y": -0.2, "shear": 0.05}
    _, moved = synth.atomic_lattice((60, 60), return_info=True, seed=1, **strained, **settings)
    matrix = np.array([[1 - 0.2, 0.05], [0.05, 1.1]])  # of (y, x)
    assert_allclose(moved["vectors"], info["vectors"] @ matrix.T, rtol=1e-12)
    lengths = np.hypot(*info["vectors"].T)
    assert_allclose(lengths, [9.0, 13.5], rtol=1e-12)
    # Counter-clockwise on screen, where rows run downwards.
    assert_allclose(np.arctan2(-info["vectors"][:, 0], info["vectors"][:, 1]), [0.7, 1.7], rtol=1e-12)


def test_vacancies_and_places_are_as_frequent_and_as_far_as_asked():
    still = {"period": 8.0, "height": 1.0, "seed": 2, "return_info": True, "second_site": 0.5}
    _, info = synth.atomic_lattice((600, 500), vacancies=0.15, **still)
    count = len(info["present"])
    assert count > 5000
    assert abs(np.mean(~info["present"]) - 0.15) < 4 * np.sqrt(0.15 * 0.85 / count)
    _, perfect = synth.atomic_lattice((600, 500), **still)
    assert perfect["present"].all()
    assert_array_equal(perfect["y"], info["y"])  # other parameters do not move atoms
    _, loose = synth.atomic_lattice((600, 500), position_spread=0.05, **still)
    _, all_places = inner(perfect, (600, 500))
    some, _ = inner(loose, (600, 500))
    distance, nearest = cKDTree(all_places).query(some)
    shift = some - all_places[nearest]
    assert distance.max() < 4
    for axis in (0, 1):
        assert abs(shift[:, axis].mean()) < 4 * 0.4 / np.sqrt(len(some))
        assert shift[:, axis].std() == pytest.approx(0.4, rel=4 / np.sqrt(2 * len(some)))
    assert abs(np.corrcoef(shift.T)[0, 1]) < 4 / np.sqrt(len(some))


def test_wide_atoms_are_plane_waves():
    """All that is left are the mean and the three shortest waves of the reciprocal lattice."""
    period = 8.0
    z = synth.atomic_lattice((128, 128), period=period, height=1.0, width=0.4, angle=0.2, seed=4)
    y, x = np.indices(z.shape)
    columns = [np.ones(z.size)]
    for k in range(3):
        direction = 0.2 + np.pi / 6 + k * np.pi / 3  # of reciprocal vectors, counter-clockwise
        phase = 4 * np.pi / np.sqrt(3) / period * (x * np.cos(direction) - y * np.sin(direction))
        columns += [np.cos(phase).ravel(), np.sin(phase).ravel()]
    matrix = np.stack(columns, axis=1)
    found, *_ = np.linalg.lstsq(matrix, z.ravel(), rcond=None)
    rest = (z.ravel() - matrix @ found).std()
    assert rest < 1e-3 * z.std()
    amplitudes = np.hypot(found[1::2], found[2::2])
    s = 0.4 * period
    cell = np.sqrt(3) / 2 * period**2
    wave = 4 * np.pi / np.sqrt(3) / period
    assert found[0] == pytest.approx(2 * np.pi * s**2 / cell, rel=1e-4)
    assert_allclose(amplitudes, 2 * 2 * np.pi * s**2 / cell * np.exp(-((wave * s) ** 2) / 2), rtol=1e-3)


def test_threads_and_bases_change_nothing():
    settings = {"period": 5.0, "height": 1.0, "vacancies": 0.1, "position_spread": 0.1, "seed": 1}
    heights = synth.atomic_lattice((300, 420), threads=1, **settings)
    assert_array_equal(synth.atomic_lattice((300, 420), threads=3, **settings), heights)
    base = np.arange(300.0)[:, None] + np.zeros(420)
    assert_array_equal(synth.atomic_lattice(base=base, **settings), heights + base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"period": 1.9}, "period must be 2 to 1e\\+06 pixels long, got 1.9"),
        ({"period": 9, "cell_angle": 0.3}, "cell_angle must lie between"),
        ({"period": 9, "strain_x": 0.4}, "strain_x must lie between -0.3 and 0.3, got 0.4"),
        ({"period": 9, "width": 0.01}, "width must lie between 0.05 and 1, got 0.01"),
        ({"period": 9, "vacancies": 1.5}, "vacancies must lie between 0 and 1, got 1.5"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.atomic_lattice((64, 64), height=1.0, **settings)


def test_too_many_atoms_are_refused_before_any_work():
    with pytest.raises(ValueError, match=r"period = 2 at this pixel_size in 30000 x 30000 pixels must not need"):
        synth.atomic_lattice((30000, 30000), height=1.0, period=2)
