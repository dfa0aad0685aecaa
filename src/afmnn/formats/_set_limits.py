"""A program of its own that limits itself and becomes another.

It is called with seconds, bytes of memory and of output, the other program and its arguments. It is run by its path,
and imports nothing of afmnn, so that it takes some hundredths of a second. Because there may be threads, this is not done between
fork and exec.
"""

import os
import signal
import sys


def main() -> None:
    """Set the limits of this process, and run the program in its place."""
    seconds, memory, output = map(int, sys.argv[1:4])
    command = sys.argv[4:]
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        pass
    else:
        limits = {"RLIMIT_CPU": seconds, "RLIMIT_AS": memory, "RLIMIT_FSIZE": output, "RLIMIT_CORE": 0}
        for name, value in limits.items():
            try:
                number = getattr(resource, name)
                hard = resource.getrlimit(number)[1]
                lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(number, (lowest, lowest))
            except (AttributeError, OSError, ValueError):  # a system that does not know one, or does not obey it
                pass
    for name in ("SIGXFSZ", "SIGPIPE"):  # which Python ignores, and what it becomes would inherit that
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
