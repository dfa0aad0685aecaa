"""What is common to our programs that turn a file into one of Gwyddion's: ``python -m afmnn.formats.MODULE IN OUT.gwy``.

Because packages of other people trust what they read, they run apart from us and with limits, as the other converters do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from ..image import Image
from .images import write_images


def convert(read: Callable[[str], Iterator[Image]]) -> None:
    """Read the file that the first argument of this program names, and write the one that the second names."""
    source, path = sys.argv[1:3]
    try:
        images = list(read(source))
        if not images:
            raise ValueError("there is no image in it")
        write_images(path, images)
    except MemoryError:
        sys.exit("MemoryError")
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
