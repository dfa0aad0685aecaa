"""What a network sees that looks sharply at the middle of its window and coarsely further out: `Band` and `Fovea`."""

from .nn.fovea import Band, Fovea

__all__ = ["Band", "Fovea"]
