"""Errors of afmnn that have no better name in Python."""

#: How an extra is installed, in the folder of the source: there is no package index that has afmnn yet.
INSTALL = 'pip install ".[{extra}]"'


class FormatError(ValueError):
    """A file is not what it should be: damaged, of another kind, hostile, or from a newer version."""


class MissingExtraError(ImportError):
    """An optional package is needed; the message says how to install it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        how = INSTALL.format(extra=extra)
        super().__init__(
            f"{purpose} needs the package {package!r}: {how} in the folder of afmnn's source, or pip install {package}"
        )


class LevellingWarning(UserWarning):
    """Levelling took more than a little of the roughness with the background; the message says how much."""


class TrainingWarning(UserWarning):
    """Training went on, but its result may be poor; the message says in what way."""


class UnfamiliarImageWarning(UserWarning):
    """An image is unlike those that the network was trained on; the message says in what, with figures."""
