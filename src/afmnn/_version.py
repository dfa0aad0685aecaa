"""The version, in a file of its own: every module may import it, also before the package is complete."""

__version__ = "0.1.0"
