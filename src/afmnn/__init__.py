"""Clean scans of an atomic force microscope with small neural networks.

A synthetic surface like the sample, the noise of the instrument, a small windowed network that learns to undo it:
``train`` and ``apply`` are the two calls; ``clean`` does the whole job for a scan. The tutorial is ``docs/tutorial.md`` in the
folder of the source.
"""

from typing import TYPE_CHECKING

try:
    from . import _core
except ImportError as error:
    if "AFMNN_SIMD" in str(error):
        raise
    raise ImportError(
        f"the compiled part of afmnn cannot be loaded ({error}). In a source tree run 'pip install -e .' first, and start "
        "Python outside the folder 'src'; otherwise reinstall with 'pip install --force-reinstall .' there."
    ) from error

from . import correct, metrics, synth, tips
from . import fovea as fovea  # a documented name
from ._later import importer as _importer
from ._threads import get_num_threads, set_num_threads
from ._version import __version__
from .config import show_config
from .correct.level import level
from .errors import FormatError, LevellingWarning, TrainingWarning, UnfamiliarImageWarning
from .image import Image
from .nn.apply import apply
from .nn.network import Network, load
from .nn.scaling import Scaling
from .nn.windows import windows
from .training.train import train
from .training.train_on_scene import train_on_scene

if TYPE_CHECKING:
    from . import formats, networks
    from .cleaning.clean import CleaningInfo, clean
    from .evaluation.evaluate import Evaluation, evaluate
    from .evaluation.report import report
    from .formats.images import list_channels, read_directions, read_frames, read_image, write_image
    from .showing.compare import show
    from .training.adapt import adapt
    from .training.search import search
    from .training.search_result import SearchResult

__all__ = [
    "CleaningInfo",
    "Evaluation",
    "FormatError",
    "Image",
    "LevellingWarning",
    "Network",
    "Scaling",
    "SearchResult",
    "TrainingWarning",
    "UnfamiliarImageWarning",
    "__version__",
    "adapt",
    "apply",
    "clean",
    "correct",
    "evaluate",
    "formats",
    "get_num_threads",
    "level",
    "list_channels",
    "load",
    "metrics",
    "networks",
    "read_directions",
    "read_frames",
    "read_image",
    "report",
    "search",
    "set_num_threads",
    "show",
    "show_config",
    "synth",
    "tips",
    "train",
    "train_on_scene",
    "windows",
    "write_image",
]

del _core


#: Where names live that are imported when they are first asked for: what they need takes as long to import as all the rest.
_LATER = {
    "CleaningInfo": "cleaning.clean",
    "Evaluation": "evaluation.evaluate",
    "SearchResult": "training.search_result",
    "adapt": "training.adapt",
    "clean": "cleaning.clean",
    "evaluate": "evaluation.evaluate",
    "formats": "formats",
    "list_channels": "formats.images",
    "networks": "networks",
    "read_directions": "formats.images",
    "read_frames": "formats.images",
    "read_image": "formats.images",
    "report": "evaluation.report",
    "search": "training.search",
    "show": "showing.compare",
    "write_image": "formats.images",
}

__getattr__ = _importer(__name__, _LATER)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
