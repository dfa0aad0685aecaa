"""The ``afmnn`` command: it parses, calls the Python API and prints; one file a subcommand.

Exit codes: 0 done; 1 failed (a file, a value, a full disk); 2 wrong usage; 130 Ctrl-C; 141 nobody reads the output.
An error is one line on the standard error stream, and leaves no output file behind; Ctrl-C leaves the network so far.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from ._parser import make_parser
from ._print import complain, described, flush

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``afmnn``, by default that of the command line.

    Returns
    -------
    int
        The exit code.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            told: set[str] = set()
            warnings.showwarning = lambda message, *_, **__: _warn_once(str(message), told)
            try:
                options = make_parser().parse_args(arguments)
                return int(options.run(options) or 0)
            finally:
                flush()  # a full disk is noticed here, not when the interpreter has gone
    except SystemExit as leave:  # argparse: --help, --version or wrong usage
        return leave.code if isinstance(leave.code, int) else 1
    except KeyboardInterrupt as interrupt:
        complain("error", str(interrupt) or "interrupted")
        return 130
    except BrokenPipeError:  # the reader has gone, as in "afmnn info ... | head -1"
        return 141
    except OSError as error:
        complain("error", described(error))
        return 1
    except MemoryError as error:
        complain("error", f"not enough memory ({error})" if str(error) else "not enough memory")
        return 1
    except (ValueError, TypeError, ImportError) as error:
        complain("error", str(error))
        return 1
    except Exception as error:
        complain("error", f"internal error, please report it: {type(error).__name__}: {error}")
        return 1


def _warn_once(message: str, told: set[str]) -> None:
    """Print a warning, but not a second time: files are looked at before the work, and read again for it."""
    if message not in told:
        told.add(message)
        complain("warning", message)
