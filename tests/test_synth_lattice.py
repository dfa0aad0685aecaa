"""Lattices: the twin's surfaces; densities, distances and symmetries of points; relaxation; layers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial import cKDTree

from afmnn import _core, synth
from afmnn._reference import lattice as reference

REGULAR = [kind for kind in _core.lattice_kinds() if kind != "random"]
RIGID = {"deformation": 0.0}


def points_of(info):
    return np.stack([info["y"], info["x"]], axis=1)


@pytest.mark.parametrize("name", _core.lattice_surfaces())
@pytest.mark.parametrize("kind", ["random", "hexagonal", "penrose_vertices"])
def test_matches_twin(kind, name):
    z, info = synth.lattice((90, 70), kind=kind, size=13, layers={name: 1.0}, lattice_relaxation=0.3, seed=4, return_info=True)
    twin = reference.rescaled(reference.surface(name, points_of(info), info["value"], z.shape, 13.0))
    assert_allclose(z, twin, atol=1e-9)


@pytest.mark.parametrize("kind", _core.lattice_kinds())
def test_one_point_for_each_square_of_the_size(kind):
    _, info = synth.lattice((300, 400), kind=kind, size=8, seed=1, return_info=True, **RIGID)
    inside = (np.abs(info["y"]) < 150) & (np.abs(info["x"]) < 200)
    expected = 300 * 400 / 64
    assert np.count_nonzero(inside) == pytest.approx(expected, abs=4 * np.sqrt(expected) if kind == "random" else 60)
    assert (info["area"][inside] > 0).all()
    assert info["area"][inside].mean() == pytest.approx(64, rel=0.03 if kind != "random" else 0.1)


@pytest.mark.parametrize(
    ("kind", "nearest", "sides"),
    [
        ("square", [1.0] * 4, 4),
        ("hexagonal", [1.0746] * 6, 6),
        ("triangular", [0.8774] * 3, 3),
        ("cairo", [1.0353] * 5, 5),
        ("truncated_square", [0.8284] * 3, 3),
    ],
)
@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_regular_lattices_have_their_distances(kind, nearest, sides, angle):
    _, info = synth.lattice((200, 200), kind=kind, size=10, angle=angle, seed=2, return_info=True, **RIGID)
    points = points_of(info)
    inside = (np.abs(points) < 100).all(axis=1)
    near, _ = cKDTree(points).query(points[inside], k=sides + 2)
    assert_allclose(near[:, 1 : sides + 1], np.broadcast_to(np.array(nearest) * 10, (inside.sum(), sides)), rtol=1e-3)
    assert (near[:, sides + 1] > 1.05 * near[:, sides]).all()


def test_lattices_are_turned_counter_clockwise():
    for angle in (0.0, 0.3, -0.5):
        _, info = synth.lattice((200, 200), kind="square", size=10, angle=angle, seed=1, return_info=True, **RIGID)
        points = points_of(info)
        k = np.argmin((points**2).sum(axis=1))
        step = points - points[k]
        along = step @ np.array([-np.sin(angle), np.cos(angle)])  # rows grow downwards
        across = step @ np.array([np.cos(angle), np.sin(angle)])
        assert_allclose(along / 10, np.round(along / 10), atol=1e-9)
        assert_allclose(across / 10, np.round(across / 10), atol=1e-9)


def test_silicon_has_twelve_adatoms_in_a_cell_and_corner_holes():
    _, info = synth.lattice((300, 300), kind="silicon", size=10, seed=1, return_info=True, **RIGID)
    points = points_of(info)
    inside = (np.abs(points) < 150).all(axis=1)
    a = 10 * np.sqrt(12 / (49 * np.sqrt(3) / 2))  # distance of atoms in the unreconstructed plane
    near, _ = cKDTree(points).query(points[inside], k=2)
    assert_allclose(near[:, 1], np.sqrt(3) * a, rtol=1e-9)  # across a row of dimers, less than twice a within a half
    # A translation of seven a leaves all as it is.
    shifted, _ = cKDTree(points).query(points[inside] + [0, 7 * a])
    assert shifted.max() < 1e-6
    shifted, _ = cKDTree(points).query(points[inside] + [0, a])
    assert shifted.max() > 0.5 * a


def test_penrose_rhombs_have_two_forms_in_the_golden_ratio():
    _, info = synth.lattice((300, 300), kind="penrose_vertices", size=8, seed=3, return_info=True, **RIGID)
    points = points_of(info)
    inside = (np.abs(points) < 150).all(axis=1)
    edge = 8 / np.sqrt(0.8123)
    near = np.array([len(other) for other in cKDTree(points).query_ball_point(points[inside], edge * 1.0001)]) - 1
    short, _ = cKDTree(points).query(points[inside], k=2)
    distances = np.unique(np.round(short[:, 1] / edge, 4))
    assert_allclose(distances, [0.618, 1.0], atol=1e-3)  # the short diagonal of thin rhombs, and edges
    assert near.min() >= 3
    # Directions of edges are multiples of 36 degrees.
    pairs = cKDTree(points).query_pairs(edge * 1.0001, output_type="ndarray")
    steps = points[pairs[:, 1]] - points[pairs[:, 0]]
    steps = steps[np.hypot(*steps.T) > 0.9 * edge]
    turns = np.arctan2(steps[:, 0], steps[:, 1]) / (np.pi / 5)
    assert_allclose(turns, np.round(turns), atol=1e-6)


def test_flat_is_constant_on_cells_and_radial_is_zero_at_points():
    z, info = synth.lattice((120, 150), size=15, layers={"flat": 1.0}, seed=1, return_info=True)
    y, x = np.meshgrid(np.arange(120) - 59.5, np.arange(150) - 74.5, indexing="ij")
    _, owner = cKDTree(points_of(info)).query(np.stack([y, x], axis=-1))
    u = info["value"][owner]
    assert_allclose(z, reference.rescaled(u), atol=1e-12)
    z, info = synth.lattice((120, 150), kind="square", size=10, seed=1, height=2.5, return_info=True, **RIGID)
    assert z.min() == 0
    assert z.max() == 2.5
    near, _ = cKDTree(points_of(info)).query(np.stack([y, x], axis=-1))
    assert_array_equal(np.argmin(z), np.argmin(near))


def test_relaxation_makes_cells_alike_and_values_too():
    areas, values = [], []
    for amount in (0.0, 1.0, 4.0, 16.0):
        _, info = synth.lattice((200, 200), size=10, lattice_relaxation=amount, seed=1, return_info=True)
        inside = (np.abs(points_of(info)) < 90).all(axis=1)
        areas.append(info["area"][inside].std() / 100)
    assert areas[0] == pytest.approx(0.53, abs=0.08)  # Voronoi cells of independent points
    assert (np.diff(areas) < -0.02).all()
    for amount in (0.0, 0.5, 1.0, 5.0, 200.0):
        _, info = synth.lattice((200, 200), size=10, height_relaxation=amount, seed=1, return_info=True)
        values.append(info["value"].std())
    assert values[0] == pytest.approx(np.sqrt(1 / 12), rel=0.1)
    assert (np.diff(values) < 0).all()


def test_deformation_has_its_rms_and_scale():
    off, near = [], []
    for seed in range(12):
        settings = {"kind": "square", "size": 10, "seed": seed, "return_info": True}
        _, rigid = synth.lattice((300, 300), deformation=0.0, **settings)
        _, bent = synth.lattice((300, 300), deformation=9.0, deformation_scale=20.0, **settings)
        tree = cKDTree(points_of(rigid))
        # Displaced by less than half the distance. Far out, in the margin, the points of the other have come to an end.
        displaced = points_of(bent)
        displaced = displaced[(np.abs(displaced) < 130).all(axis=1)]
        _, home = tree.query(displaced)
        moved = displaced - points_of(rigid)[home]
        off.append(moved.std(axis=0))
        grid = {
            tuple(p): m
            for p, m in zip(np.round(points_of(rigid)[home] - points_of(rigid)[home][0]).astype(int), moved, strict=True)
        }
        near += [np.dot(m, grid[(p[0], p[1] + 20)]) / 2 for p, m in grid.items() if (p[0], p[1] + 20) in grid]
    rms = 9.0 / np.sqrt(12 * np.pi)
    assert np.mean(off) == pytest.approx(rms, rel=0.06)
    assert np.mean(near) == pytest.approx(rms**2 * np.exp(-1 / 4), rel=0.12)


def test_layers_are_rescaled_clamped_weighted_and_summed():
    settings = {"shape": (80, 90), "size": 14, "seed": 5, "lattice_relaxation": 1.0}
    one = synth.lattice(layers={"flat": 1.0}, **settings)
    two = synth.lattice(layers={"border": 1.0}, **settings)
    both = synth.lattice(layers={"border": (-0.5, 0.6, 0.9), "flat": 0.8}, height=3.0, **settings)
    assert_allclose(both, 3 * reference.rescaled(0.8 * one - 0.5 * np.clip(two, 0.6, 0.9)), atol=1e-12)
    assert_array_equal(synth.lattice(layers={"flat": 0.0}, **settings), 0)
    assert_allclose(synth.lattice(layers={"flat": -1.0}, **settings), 1 - one, atol=1e-12)


@pytest.mark.parametrize("kind", _core.lattice_kinds())
def test_base_units_threads_and_seeds(kind):
    settings = {"kind": kind, "size": 9.0, "layers": {"linear": 1.0, "second": 0.4}}
    z = synth.lattice((60, 90), seed=1, threads=1, **settings)
    assert_array_equal(synth.lattice((60, 90), seed=1, threads=3, **settings), z)
    assert np.any(synth.lattice((60, 90), seed=2, **settings) != z)
    assert_array_equal(synth.lattice(base=np.ones((60, 90)), seed=1, **settings), z + 1)
    assert_allclose(synth.lattice((60, 90), seed=1, pixel_size=0.5, **{**settings, "size": 4.5}), z, atol=1e-9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 3}, "size must be 4 to 1000 pixels long, got 3"),
        ({"size": 9, "kind": "ring"}, "kind must be one of 'random', 'square'"),
        ({"size": 9, "layers": {"round": 1}}, "layers must only have the keys border, bumpy"),
        ({"size": 9, "layers": {}}, "layers must have at least one of flat, linear"),
        ({"size": 9, "layers": {"flat": 2}}, r"layers\['flat'\] weight must lie between -1 and 1, got 2"),
        ({"size": 9, "layers": {"flat": (1, 0.5)}}, r"layers\['flat'\] must be a weight, or three numbers"),
        ({"size": 9, "layers": {"flat": (1, 0.5, 0.2)}}, "lower must be at most the upper threshold"),
        ({"size": 9, "lattice_relaxation": 17}, "lattice_relaxation must lie between 0 and 16, got 17"),
        ({"size": 9, "height_relaxation": 201}, "height_relaxation must lie between 0 and 200, got 201"),
        ({"size": 9, "deformation": 1000}, "deformation must be at most a hundred times the size"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.lattice((64, 64), **settings)


@pytest.mark.parametrize("kind", _core.lattice_kinds())
@pytest.mark.parametrize("shape", [(2, 2), (31, 20)])
def test_extremes_give_numbers(kind, shape):
    layers = dict.fromkeys(_core.lattice_surfaces(), 1.0)
    for size, relaxation, deformation in ((4.0, 16.0, 0.0), (4.0, 0.0, 40.0), (1000.0, 2.0, 0.0)):
        z = synth.lattice(
            shape, kind=kind, size=size, layers=layers, lattice_relaxation=relaxation, height_relaxation=200, seed=1,
            deformation=deformation, deformation_scale=0.1,
        )  # fmt: skip
        assert np.isfinite(z).all()
        assert z.max() == 1
        assert z.min() == 0
