"""``python -m afmnn``: the same as the command ``afmnn``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
