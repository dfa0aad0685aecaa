"""The twin of `synth.lattice`: nearest points by SciPy's trees, cells and triangles by its Voronoi and Delaunay diagrams."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from .._typing import Float64s


def surface(name: str, points: Float64s, values: Float64s, shape: tuple[int, int], size: float) -> Float64s:
    """Return one surface before it is rescaled; points (y, x) are counted from the centre of the image, pixels have size 1."""
    y, x = (np.arange(n) - (n - 1) / 2 for n in shape)
    places = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2)
    near, number = cKDTree(points).query(places, k=2)
    owner = number[:, 0]
    u = values[owner]
    diagram = Delaunay(points)
    if name == "flat":
        heights = u
    elif name == "radial":
        heights = near[:, 0] / size
    elif name == "second":
        heights = 1 - near[:, 1] / size
    elif name in ("linear", "bumpy"):
        triangle = diagram.find_simplex(places)
        transform = diagram.transform[triangle]
        two = np.einsum("ijk,ik->ij", transform[:, :2], places - transform[:, 2])
        weights = np.column_stack([two, 1 - two.sum(axis=1)])
        if name == "bumpy":
            weights = weights**3 / (weights**3).sum(axis=1, keepdims=True)
        heights = (weights * values[diagram.simplices[triangle]]).sum(axis=1)
    else:
        start, others = diagram.vertex_neighbor_vertices
        heights = np.empty(len(places))
        for k in np.unique(owner):
            mine = owner == k
            p = places[mine] - points[k]
            n = points[others[start[k] : start[k + 1]]] - points[k]
            square = (n**2).sum(axis=1)
            along = p @ n.T
            if "segmented" in name:
                heights[mine] = (2 * along / square).max(axis=1)
            else:
                heights[mine] = (np.abs(square / 2 - along) / np.sqrt(square)).min(axis=1) / size
        if name == "z_segmented":
            heights = u * (heights - 1)
        elif name == "border":
            heights = 1 - 2 * heights
        elif name == "z_border":
            heights = 1 - 2 * u * heights
    return np.asarray(heights.reshape(shape))


def rescaled(heights: Float64s) -> Float64s:
    """Return heights from 0 to 1."""
    return np.asarray((heights - heights.min()) / (heights.max() - heights.min()))
