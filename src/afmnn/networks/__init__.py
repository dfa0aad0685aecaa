"""Networks by name: those that come with the package, those of the user, and Gwyddion's.

Wherever a network is asked for, in Python and on the command line, a name does as well as a path::

    afmnn.networks.save(net, "de-noise")
    clean = afmnn.apply("de-noise", image)

A text with a dot or a separator is a path, such as ``net.npz`` and ``./net``; all else is a name. ``universal`` comes with the
package; ``gwyddion:NAME`` is a network that Gwyddion has stored; all others are yours. They are files (.npz) in one folder:
``afmnn/networks`` where the platform keeps the data of programs (``$XDG_DATA_HOME`` or ``~/.local/share``,
``~/Library/Application Support``, ``%LOCALAPPDATA%``), or the folder that the environment variable ``AFMNN_NETWORKS`` names.
Nothing is overwritten without being asked, and several processes may use it at the same time.
"""

from .store import delete, export, load, names, path, rename, save

__all__ = ["delete", "export", "load", "names", "path", "rename", "save"]
