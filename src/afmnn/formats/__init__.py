"""Files: networks (ours and Gwyddion's) and images.

``gwyddion`` reads and writes the networks of Gwyddion, ``images`` reads and writes images; our own networks are written
by `afmnn.Network.save` and read by `afmnn.load` (``npz``). ``onnx`` writes networks for programs without Python, and is
imported when it is asked for. Nothing in a file is ever executed, sizes are checked before
memory is taken, and files are written whole or not at all.
"""

from .._later import importer as _importer
from . import gwyddion, images, npz

__all__ = ["gwyddion", "images", "npz", "onnx"]

__getattr__ = _importer(__name__, {"onnx": "onnx"})
