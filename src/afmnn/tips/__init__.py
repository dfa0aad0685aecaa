"""What the shape of the tip does to an image, and what can be undone of it.

A tip is an array with odd sides, apex up: minus the height of its surface above its apex, on the pixels of the image. Its
centre pixel is the point that is reported as the position. Orientation is that of the image: looking down on the sample,
through the tip. All functions here use this one convention, so that what `blind_tip_estimate` finds can be given to
`tip_erosion` as it is.

Models
------
tip_model
    Pyramids, cones, paraboloids and a ball on a stick, large enough for the heights of an image.
tip_area_function
    Cross-section of a tip as a function of the depth.

Imaging
-------
tip_dilation
    The image that a tip makes of a surface.
tip_erosion, reconstruct_surface
    The surface that can be reconstructed from an image.
certainty_map
    Where the tip touched the surface, and the reconstruction is exact.

Estimation
----------
blind_tip_estimate
    The bluntest tip that can have made an image.
blind_tip_stripes
    The same for stripes of an image, to see how a tip wears.
"""

from .blind import blind_tip_estimate, blind_tip_stripes
from .model import tip_area_function, tip_model
from .morphology import certainty_map, reconstruct_surface, tip_dilation, tip_erosion

__all__ = [
    "blind_tip_estimate",
    "blind_tip_stripes",
    "certainty_map",
    "reconstruct_surface",
    "tip_area_function",
    "tip_dilation",
    "tip_erosion",
    "tip_model",
]
