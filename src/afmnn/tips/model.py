"""Models of tips, and the area function."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core, _units
from .._arithmetic import plain
from ..image import Image, unwrap

TipKind = Literal["pyramid", "contact", "noncontact", "delta", "paraboloid", "cone", "elliptic_paraboloid", "ball"]

KINDS = ("pyramid", "contact", "noncontact", "delta", "paraboloid", "cone", "elliptic_paraboloid", "ball")
#: Between the (111) faces of a pit in silicon and the wafer, atan(sqrt(2)): the half-angle of a pyramid unless told otherwise.
_ETCHED = 0.9553166181245093
#: These may be sharp: radius 0.
_MAY_BE_SHARP = ("pyramid", "contact", "noncontact", "cone")
#: Tips with a longer side are refused: nobody can wait for them, and almost always a unit is wrong.
LONGEST_SIDE = 4095
#: Points of the area function where no depths are given.
_DEPTHS = 100


@plain
def tip_model(
    kind: TipKind,
    *,
    radius: float | None = None,
    half_angle: float = _ETCHED,
    sides: int = 4,
    rotation: float = 0.0,
    anisotropy: float = 1.0,
    height_range: float | None = None,
    pixel_size: float | tuple[float, float] | None = None,
    image: ArrayLike | Image | None = None,
    square: bool = True,
) -> NDArray[np.float64]:
    """Model of a tip, large enough for a range of heights.

    Every border pixel lies deeper below the apex than `height_range`, so that no surface of that range can touch the tip
    beyond its border. Heights and lateral lengths must have the same unit.

    =====================  =====================================  ==========================================
    kind                   uses                                   shape
    =====================  =====================================  ==========================================
    "pyramid"              radius, half_angle, sides, rotation    pyramid, apex rounded by a ball that
                                                                  touches the edges
    "contact"              radius, rotation                       pyramid with 4 sides of half-angle 35.26
                                                                  degrees: a mould etched into silicon
    "noncontact"           radius, rotation                       pyramid with 3 such sides
    "delta"                nothing                                one pixel: ideally sharp
    "paraboloid"           radius                                 ``-r**2 / (2 radius)``
    "cone"                 radius, half_angle                     sphere, and the cone tangent to it
    "elliptic_paraboloid"  radius, rotation, anisotropy           paraboloid with two apex radii
    "ball"                 radius                                 sphere on a thin stick
    =====================  =====================================  ==========================================

    Parameters
    ----------
    kind : str
        Shape; see the table. What a shape does not use is ignored.
    radius : float
        Apex radius, in lateral units. Positive; the pyramids and the cone may be sharp, with 0.
    half_angle : float
        Angle between the axis and a face or side, in radians, 0.1 to 89.9 degrees. A large angle is a blunt tip.
    sides : int
        Number of faces, 3 to 24.
    rotation : float
        Radians, counter-clockwise. At 0, a pyramid of 4 sides has faces towards the sides of the image, one of 3 sides
        has a face towards the top; the first axis of an elliptic paraboloid lies along the rows.
    anisotropy : float
        0.1 to 10: the apex radii of an elliptic paraboloid are ``radius * sqrt(anisotropy)`` and ``radius / sqrt(anisotropy)``.
    height_range : float
        Largest minus smallest height of the surfaces to be imaged; by default that of `image`.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx); by default that of `image`.
    image : Image or array_like, optional
        Where `height_range` and, from an Image, `pixel_size` come from if they are not given.
    square : bool
        Whether the tip gets as many rows as columns.

    Returns
    -------
    ndarray of float64, odd sides
        Heights relative to the apex: 0 at the centre pixel, negative elsewhere.

    Raises
    ------
    ValueError
        If the kind is unknown, a number is out of its range, a length is missing, the tip would need more than 4095 pixels
        a side, or `image` is an Image with different lateral and height units.
    TypeError
        If `sides` is not an integer, or `square` not True or False.
    """
    _check.choice("kind", kind, KINDS)
    if kind == "delta":
        radius = 0.0
    elif radius is None:
        raise ValueError(f"radius must be given for kind={kind!r}, got None")
    elif kind in _MAY_BE_SHARP:
        _check.non_negative(radius=radius)
    else:
        _check.positive(radius=radius)
    _check.angle(half_angle=half_angle, rotation=rotation)
    _check.within(half_angle=(half_angle, math.radians(0.1), math.radians(89.9)), anisotropy=(anisotropy, 0.1, 10.0))
    sides = _check.integer("sides", sides, minimum=3, maximum=24)
    _check.flag(square=square)
    height_range, (dy, dx) = _dimensions(height_range, pixel_size, image)

    model = _core.TipModel(
        kind,
        radius=float(radius),
        half_angle=float(half_angle),
        sides=sides,
        rotation=float(rotation),
        anisotropy=float(anisotropy),
        height_range=height_range,
        dy=dy,
        dx=dx,
    )
    rows, cols = model.size(bool(square), LONGEST_SIDE)
    if rows == 0:
        raise ValueError(
            f"radius, half_angle and height_range must not need a tip of more than {LONGEST_SIDE} pixels a side, got "
            f"radius={radius!r}, half_angle={half_angle!r} and height_range={height_range!r} with pixel_size={(dy, dx)}"
        )
    return model.heights(rows, cols)


@plain
def tip_area_function(
    tip: ArrayLike | Image, *, pixel_size: float | tuple[float, float] | None = None, depths: ArrayLike | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cross-section of a tip as a function of the depth below its apex.

    Parameters
    ----------
    tip : array_like or Image, shape (rows, columns)
        Tip, apex up; sides may be even here.
    pixel_size : float or (float, float), optional
        Lateral size of a pixel (dy, dx); by default that of the Image, or 1.
    depths : array_like, shape (n,), optional
        Depths, not negative. By default 100 equal steps from 0 to the depth of the highest border pixel; deeper
        cross-sections are cut by the frame.

    Returns
    -------
    depths, areas : ndarray of float64, shape (n,)
        The area at a depth is that of the pixels at most so deep.

    Raises
    ------
    ValueError
        If `tip` is not finite, a depth is negative or not finite, or, where `depths` is not given, the tip's highest
        pixel lies at its border.
    """
    heights = unwrap("tip", tip).astype(np.float64, copy=False)
    dy, dx = _pixel_size(pixel_size, tip)
    below = heights.max() - heights
    if depths is None:
        deepest = min(float(edge.min()) for edge in (below[0], below[-1], below[:, 0], below[:, -1]))
        if deepest <= 0:
            raise ValueError(
                "tip must be highest inside its border where depths is not given, got its highest value at the border"
            )
        grid = deepest * np.arange(_DEPTHS) / _DEPTHS
    else:
        grid = _check.vector("depths", depths)
        if grid.size and grid.min() < 0:
            raise ValueError(f"depths must not be negative, got {grid.min()!r}")
    pixels = np.searchsorted(np.sort(below, axis=None), grid, side="right")
    return grid, pixels.astype(np.float64) * (dy * dx)


def _pixel_size(value: float | tuple[float, float] | None, owner: ArrayLike | Image | None) -> tuple[float, float]:
    if value is not None:
        return _check.pair("pixel_size", value)
    return owner.pixel_size if isinstance(owner, Image) else (1.0, 1.0)


def same_units(name: str, image: ArrayLike | Image) -> None:
    """Refuse an Image whose lateral lengths and heights cannot be compared."""
    if isinstance(image, Image) and not _units.same(image.unit_xy, image.unit_z):
        raise ValueError(
            f"{name} must have the same lateral and height unit, got unit_xy={image.unit_xy!r} and unit_z={image.unit_z!r}"
            + (f": use {name}.in_base_units()" if _units.comparable(image.unit_xy, image.unit_z) else "")
        )


def _dimensions(
    height_range: float | None, pixel_size: float | tuple[float, float] | None, image: ArrayLike | Image | None
) -> tuple[float, tuple[float, float]]:
    """Height range and pixel size of `tip_model`, from the image where they are not given."""
    if pixel_size is None and not isinstance(image, Image):
        raise ValueError("pixel_size must be given where image is not an Image, got None")
    if image is not None:
        same_units("image", image)
    if height_range is None:
        if image is None:
            raise ValueError("height_range must be given where image is not, got None")
        heights = unwrap("image", image)
        height_range = float(heights.max()) - float(heights.min())
        if not height_range > 0:
            raise ValueError(f"image must not be constant where height_range is not given, got {heights.flat[0]!r} everywhere")
    _check.positive(height_range=height_range)
    return float(height_range), _pixel_size(pixel_size, image)
