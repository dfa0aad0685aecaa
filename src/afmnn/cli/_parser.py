"""The command line's words."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn, get_args

from .._masks import MASK_MODES
from .._version import __version__
from ..cleaning.steps import DEFECTS, WAYS
from ..correct.level import Rows
from ..nn.apply_options import BORDERS
from ..nn.methods import METHODS
from ..training.presets import PRESETS
from ._print import complain, say
from ._quantities import length, lengths

_FILES = (
    "Images are .gwy, .gsf, .npz or .npy files, or those of instruments; FILE:CHANNEL picks a channel by its number or title, "
    "FILE:height the height of the forward direction."
)
_NETWORK = "a name (see afmnn networks list), or a file of ours or Gwyddion's"
_NETWORK_OUTPUT = "network to write: a file (.npz), or a name without a dot and a separator; gwyddion:NAME is for Gwyddion"


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, and name the help of the command that does not understand."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        # Because a command hands what it does not know to the parser above, that one would complain, with its own help.
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        complain("error", f"{message} (see {self.prog} --help)")
        self.exit(2)


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command; ``options.run(options)`` runs what was asked for."""
    parser = _Parser(
        prog="afmnn",
        description="Clean scans of an atomic force microscope with small neural networks.",
        epilog="example: afmnn clean scan.gwy; afmnn COMMAND --help says more",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"afmnn {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_clean(commands)
    _add_train(commands)
    _add_train_scene(commands)
    _add_adapt(commands)
    _add_apply(commands)
    _add_report(commands)
    _add_info(commands)
    _add_networks(commands)
    _add_synth(commands)
    _add_level(commands)
    _add_convert(commands)
    return parser


def _add_clean(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "clean",
        usage="afmnn clean FILE|FOLDER... [options]",
        help="clean scans, one or a thousand, and say which are fine",
        description="Clean scans with a network that is there, and judge what was removed. The results come beside the files as "
        "NAME.clean.gwy, with the original channels and the cleaned one. It goes on after a bad file, and where it was after an "
        f"interruption. {_FILES}",
        epilog="example: afmnn clean scans/ --residual --csv scans.csv",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_clean)
    parser.add_argument("files", metavar="FILE|FOLDER", nargs="+", help="scan, or folder of scans")
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="also read the folders in a folder; with -o, the results come into such ones",
    )
    parser.add_argument("--network", default="universal", metavar="NET", help=f"{_NETWORK} (default %(default)s)")
    _add_channel(parser)
    parser.add_argument(
        "--level", choices=("plane", "rows"),
        help="leave the plane off the results, or also the medians of the scan lines (default: all is put back)",
    )  # fmt: skip
    _add_strength(parser)
    defects = parser.add_argument_group(
        "defects", "mend what is found (the default); mend it for the network alone and put it back (keep); or do not look for it"
    )
    for name, what in DEFECTS.items():
        defects.add_argument(f"--{name}", choices=WAYS, default=WAYS[0], help=what)
    out = parser.add_argument_group("results")
    out.add_argument(
        "-o", "--output", metavar="FOLDER|FILE", help="where they come; of a single file, the suffix says the format"
    )
    out.add_argument("--format", choices=("gwy", "npz", "npy", "gsf"), help="what they become (default gwy)")
    out.add_argument("--residual", action="store_true", help="write what was removed, too")
    out.add_argument("--csv", metavar="FILE", help="write the table as comma-separated values")
    out.add_argument("--report", metavar="FOLDER", help="write a page for each file, and an index that sorts by verdict")
    out.add_argument("-f", "--force", action="store_true", help="replace files that are no earlier results")
    how = parser.add_argument_group("computation")
    how.add_argument("--memory", type=_bytes, metavar="SIZE", help="memory to use at most, such as 2GB (default: half of all)")
    how.add_argument(
        "--dask",
        metavar="SCHEDULER",
        help="let the workers of a dask cluster do it, whose scheduler has this address (tcp://...)",
    )
    _add_common(parser)


def _add_train(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "train",
        usage="afmnn train NOISY IDEAL -o NET [options]",
        help="make a network from a noisy image and its ideal",
        description=f"Train a network to turn NOISY into IDEAL. {_FILES}",
        epilog="example: afmnn train pair.gwy:noisy pair.gwy:ideal -o net.npz --hidden 12 --validation 0.25 --patience 10",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_train)
    parser.add_argument("noisy", metavar="NOISY", help="image with the defects of the instrument")
    parser.add_argument("ideal", metavar="IDEAL", help="the same surface without them")
    _add_output(parser, "NET", _NETWORK_OUTPUT)
    more = parser.add_argument_group("data")
    more.add_argument(
        "--pair", nargs=2, action="append", default=[], metavar=("NOISY", "IDEAL"), help="one more pair to learn from"
    )
    more.add_argument(
        "--mask", metavar="FILE", help="learn only where the mask is set: that of a .gwy channel, or an image of 0 and 1"
    )
    more.add_argument(
        "--mask-mode", choices=MASK_MODES, default="include", help="learn inside the mask (default), outside, or everywhere"
    )
    judge = more.add_mutually_exclusive_group()
    judge.add_argument(
        "--validation", type=float, metavar="FRACTION", help="hold out this part of the images and watch the error on it"
    )
    judge.add_argument(
        "--validation-pair", nargs=2, action="append", default=[], metavar=("NOISY", "IDEAL"), help="a pair to watch the error on"
    )
    more.add_argument("--patience", type=int, metavar="N", help="stop when the validation error has not fallen for N steps")
    how = parser.add_argument_group("network and training")
    how.add_argument("--window", type=_window, metavar="N|RxC", help="pixels that the network sees: rows x columns (default 27)")
    how.add_argument("--hidden", type=_layers, metavar="N[,N...]", help="hidden nodes, layer by layer (default 6)")
    how.add_argument("--method", choices=sorted(METHODS), help="adam (default), or step for step what Gwyddion does")
    how.add_argument("--steps", type=int, default=75, metavar="N", help="passes over all pixels (default %(default)s)")
    _add_seed(how)
    how.add_argument("--init", metavar="NET", help=f"network to continue from: {_NETWORK}")
    how.add_argument(
        "--no-keep", dest="keep", action="store_false",
        help="with --init universal, say: learn from these images alone, even if others come out worse",
    )  # fmt: skip
    how.add_argument(
        "--learning-rate", type=float, metavar="X",
        help="default 0.005 (adam), 0.003 where the network of --init keeps what it knows, or 0.3 (gwyddion)",
    )  # fmt: skip
    how.add_argument("--momentum", type=float, metavar="X", help="default 0.9 (adam) or 0.3 (gwyddion)")
    how.add_argument("--batch", type=int, metavar="N", help="pixels of a mini-batch (adam; default 1024, or 2048)")
    how.add_argument(
        "--format", choices=("afmnn", "gwyddion"), default="afmnn", help="whose network file to write (default %(default)s)"
    )
    _add_common(parser)


def _add_train_scene(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "train-scene",
        usage="afmnn train-scene SCENE -o NET [options]",
        help="make a network from pairs that a scene makes",
        description="Train a network on pairs that SCENE makes while it learns: a file that Scene.save wrote, or 'default'. It "
        "then cleans images that it has never seen, of what the scene is like.",
        epilog="example: afmnn train-scene default -o net.npz --budget 30",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_train_scene)
    parser.add_argument("scene", metavar="SCENE", help="file of a scene (.json), or 'default'")
    _add_output(parser, "NET", _NETWORK_OUTPUT)
    data = parser.add_argument_group("the scene 'default'")
    data.add_argument("--exclude", metavar="NAME[,NAME...]", help="families of surfaces to leave out")
    data.add_argument("--shape", type=_window, metavar="N|RxC", help="rows x columns of the pairs (default 256)")
    how = parser.add_argument_group("network and training")
    how.add_argument("--preset", choices=tuple(PRESETS), default="fast", help="what the network is like (default %(default)s)")
    length = how.add_mutually_exclusive_group()
    length.add_argument("--budget", type=float, metavar="SECONDS", help="how long to train, about")
    length.add_argument(
        "--steps",
        type=_counts,
        metavar="N[,N...]",
        help="passes over the pixels of 8 pairs, together or stage by stage (default: that of the preset)",
    )
    _add_seed(how)
    _add_common(parser)


def _add_adapt(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "adapt",
        usage="afmnn adapt NET FILE... -o NAME [options]",
        help="adapt a network to an instrument, by scans that were recorded twice",
        description=f"Adapt the network NET to the instrument of scans that were recorded twice. NET: {_NETWORK}. "
        "A FILE has trace and retrace, as they were recorded; files with one direction must be repeats of one place. "
        "Where the new network is not better, NAME is NET as it was.",
        epilog="example: afmnn adapt universal scans/*.nid -o ours && afmnn clean scans/ -o clean/ --network ours",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_adapt)
    parser.add_argument("network", metavar="NET", help="network to begin with: its name or its file")
    parser.add_argument("files", metavar="FILE", nargs="+", help="scan in both directions, or FILE:CHANNEL")
    _add_output(parser, "NAME", _NETWORK_OUTPUT)
    how = parser.add_argument_group("training")
    how.add_argument(
        "--steps", type=_counts, default=24, metavar="N[,N...]", help="steps, together or of each stage (default %(default)s)"
    )
    _add_seed(how)
    _add_common(parser)


def _add_apply(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "apply",
        usage="afmnn apply NET IMAGE... -o OUT [options]",
        help="clean images with a network",
        description=f"Clean IMAGE with the network NET: {_NETWORK}. {_FILES} "
        "From .gwy to .gwy the result becomes a channel beside the original, in the file itself only with --force. "
        "All images are read and checked before the first result is written. "
        "An array of zarr (a folder) or HDF5, FILE::NAME where the file has several, is cleaned part by part into another one "
        "(.zarr, .h5); after an interruption, the same command goes on where it was.",
        epilog="example: afmnn apply universal scans/*.gwy -o clean/",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_apply, refuse=parser.error)
    parser.add_argument("network", metavar="NET", help="network: its name or its file")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="image to clean")
    _add_channel(parser)
    _add_output(parser, "OUT", "file to write; for several images, a folder. The suffix says the format")
    parser.add_argument(
        "--ideal", action="append", default=[], metavar="IDEAL",
        help="print errors before and after against this image (once, or once for every IMAGE)",
    )  # fmt: skip
    how = parser.add_argument_group("computation")
    how.add_argument(
        "--level", choices=("plane", "rows"), help="level every IMAGE, and IDEAL, first; what is taken off is not put back"
    )
    how.add_argument(
        "--border", choices=BORDERS, default="reflect", help="how the image goes on beyond its edge (default %(default)s)"
    )
    how.add_argument("--cval", type=float, metavar="X", help="height beyond the edge for --border constant (default: the median)")
    how.add_argument(
        "--nan", choices=("raise", "keep"), default="raise", help="missing pixels: refuse (default) or keep them missing"
    )
    how.add_argument(
        "--scale-output", action="store_true", help="scale with the range of the image (networks of method gwyddion)"
    )
    _add_strength(how)
    large = parser.add_argument_group("arrays of zarr and HDF5")
    large.add_argument(
        "--chunk", type=_part, metavar="ROWS[xCOLS]",
        help="size of the parts, rounded up to whole chunks of the file (default: as large as memory allows, best in whole rows)",
    )  # fmt: skip
    large.add_argument("--processes", type=_count, metavar="N", help="worker processes (default: one for each thread)")
    large.add_argument("--memory", type=_bytes, metavar="SIZE", help="memory to use, about (default 750 MB for each process)")
    _add_common(parser)


def _add_report(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "report",
        usage="afmnn report NET IMAGE... -o PAGE.html [options]",
        help="show what a network does to images",
        description=f"Clean IMAGE with the network NET ({_NETWORK}) and write one HTML page that opens everywhere: before, "
        f"after, what was removed, profiles, figures, settings. Needs matplotlib. {_FILES}",
        epilog="example: afmnn report net.npz scan.gwy:Height -o report.html --level plane",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_report, refuse=parser.error)
    parser.add_argument("network", metavar="NET", help="network: its name or its file")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="image to clean")
    _add_channel(parser)
    _add_output(parser, "PAGE", "page to write (.html)")
    parser.add_argument(
        "--ideal", action="append", default=[], metavar="IDEAL",
        help="compare with this image (once, or once for every IMAGE)",
    )  # fmt: skip
    parser.add_argument("--title", metavar="TEXT", default="Cleaned by afmnn", help="heading of the page")
    how = parser.add_argument_group("computation")
    how.add_argument(
        "--level", choices=("plane", "rows"), help="level every IMAGE, and IDEAL, first: a tilt hides everything else"
    )
    how.add_argument(
        "--border", choices=BORDERS, default="reflect", help="how the image goes on beyond its edge (default %(default)s)"
    )
    how.add_argument("--crop", type=int, default=0, metavar="N", help="leave N pixels out at every edge (default %(default)s)")
    how.add_argument(
        "--nan", choices=("raise", "keep"), default="raise", help="missing pixels: refuse (default) or leave them out"
    )
    _add_common(parser)


def _add_info(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "info",
        usage="afmnn info [FILE...] [--roughness] [--json]",
        help="say what is in a file",
        description="Say what is in networks (ours and Gwyddion's, also by name) and images; without FILE, what afmnn runs on.",
        epilog="example: afmnn info scan.gwy net.npz",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_info)
    parser.add_argument("files", metavar="FILE", nargs="*", help="network or image, also FILE:CHANNEL")
    _add_channel(parser)
    parser.add_argument(
        "--roughness", action="store_true", help="measure images, less their plane: Sq, Sa, Sz, Ssk, Sku, Sdq, Sdr, Sal, Str"
    )
    _add_json(parser)


def _add_networks(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "networks",
        help="list, rename, delete and export networks that have names",
        description="Networks by name: 'universal' comes with afmnn, 'gwyddion:NAME' is stored by Gwyddion, all others are "
        "yours: 'afmnn train ... -o NAME' makes them. They lie in one folder, which AFMNN_NETWORKS may name.",
        epilog="example: afmnn networks rename de-noise particles",
        allow_abbrev=False,
    )
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, text: str, *arguments: tuple[str, str, str | None], force: str = "") -> _Parser:
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
        for dest, metavar, count in arguments:
            action.add_argument(dest, metavar=metavar, nargs=count, help="its new name" if dest == "new" else "name of a network")
        if force:
            action.add_argument("-f", "--force", action="store_true", help=force)
        _add_json(action)
        action.set_defaults(run=_run_networks, action=name)
        return action

    add("list", "list all networks")
    add("info", "say what is known of networks", ("networks", "NAME", "+"))
    add(
        "rename", "give a network of yours another name", ("network", "NAME", None), ("new", "NEW", None),
        force="replace a network of the new name",
    )  # fmt: skip
    add("delete", "delete networks of yours", ("networks", "NAME", "+"))
    export = add(
        "export", "write a network for another program", ("network", "NAME", None),
        force="replace a network that is there",
    )  # fmt: skip
    export.add_argument(
        "--to", choices=("gwyddion", "onnx"), default="gwyddion",
        help="gwyddion: where Gwyddion looks for its networks (default); onnx: a file for programs that run ONNX",
    )  # fmt: skip
    export.add_argument("-o", "--output", metavar="FILE", help="the file of ONNX (default NAME.onnx)")
    _add_strength(export, "of the file of ONNX: ")


def _add_synth(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "synth",
        usage="afmnn synth GENERATOR|SCENE [KEY=VALUE...] -o FILE [options]\n"
        "       afmnn synth --base IMAGE --add DEFECT:KEY=VALUE,... -o FILE\n"
        "       afmnn synth GENERATOR|--base IMAGE --like SCAN -o FILE\n"
        "       afmnn synth --list\n"
        "       afmnn synth GENERATOR --help",
        help="make a surface, a defect, or a training pair",
        description="Make heights with a generator (--list says which), whose settings are KEY=VALUE: lengths and heights take "
        "units (0.47um, 39nm), angles too (30deg). Or a noisy and an ideal channel from a scene: a file that Scene.save wrote, "
        "or 'default'.",
        epilog="example: afmnn synth particles radius=0.47um coverage=0.5 --size 10um --pixels 256 -o ideal.gwy && "
        "afmnn synth --base ideal.gwy --add noise:rms=60nm --add line_steps:rms=100nm -o noisy.gwy",
        allow_abbrev=False,
        add_help=False,
    )
    parser.set_defaults(run=_run_synth, refuse=parser.error)
    parser.add_argument("what", metavar="GENERATOR|SCENE", nargs="?", help="what to make")
    parser.add_argument("settings", metavar="KEY=VALUE", nargs="*", help="settings of the generator")
    parser.add_argument("-h", "--help", action=_SynthHelp, nargs=0, help="show this, or what the settings of GENERATOR are")
    parser.add_argument("--list", action="store_true", help="say which generators there are")
    _add_output(parser, "FILE", "image to write (.gwy, .gsf, .npz or .npy; pairs: .gwy)", required=False)
    parser.add_argument("--base", metavar="IMAGE", help="image to build on: it gives pixels, size and units")
    parser.add_argument(
        "--add", metavar="DEFECT:KEY=VALUE,...", action="append", default=[],
        help="add a defect (noise, line_steps, ...), as often as wanted, in this order; each gets a seed of its own",
    )  # fmt: skip
    parser.add_argument(
        "--like", metavar="SCAN", action="append", default=[],
        help="measure the instrument that recorded this scan, and record the surface with it: FILE.gwy gets surface, trace and "
        "retrace; several scans give ranges, from which it is drawn",
    )  # fmt: skip
    how = parser.add_argument_group("image")
    how.add_argument("--pixels", "--shape", dest="shape", type=_window, metavar="N|RxC", help="rows x columns (default 256)")
    large = how.add_mutually_exclusive_group()
    large.add_argument("--size", type=lengths, metavar="W|HxW", help="width, or height x width, of the image: 10um, 5umx10um")
    large.add_argument("--pixel-size", type=length, metavar="X", help="length of a pixel: 39nm (default 1, without a unit)")
    how.add_argument("--unit", metavar="U", help="unit of plain numbers (default: m where a size is given, else pixels)")
    how.add_argument("--seed", type=int, metavar="N", help="makes the same again; by default drawn and reported")
    how.add_argument("--index", type=int, default=0, metavar="N", help="which pair of a scene (default 0)")
    how.add_argument(
        "--directions",
        type=int,
        default=1,
        choices=(1, 2),
        help="of a scene: 2 writes the retrace as a third channel, beside the ideal image and the noisy trace (default 1)",
    )
    _add_common(parser)


class _SynthHelp(argparse.Action):
    """Help on the generator that has been named, or on the command."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: Any) -> NoReturn:
        from ._settings import GENERATORS  # noqa: PLC0415
        from ._synth_help import describe  # noqa: PLC0415

        known = namespace.what in GENERATORS
        say((describe(namespace.what) if known else parser.format_help()).rstrip("\n"))
        parser.exit()


def degrees(text: str) -> int | tuple[int, int]:
    parts = [int(part) for part in text.split(",")]
    if len(parts) > 2:
        raise ValueError(text)
    return parts[0] if len(parts) == 1 else (parts[0], parts[1])


def _add_level(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "level",
        usage="afmnn level IMAGE -o OUT [options]",
        help="take off the tilt of an image, or the offsets of its scan lines",
        description=f"Level IMAGE by a plane, a surface or scan line by scan line, and write it to a file of its own. {_FILES}",
        epilog="example: afmnn level scan.gwy -o flat.gwy --method rows --rows polynomial --degree 2",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_level, refuse=parser.error)
    parser.add_argument("image", metavar="IMAGE", help="image to level")
    _add_channel(parser)
    _add_output(parser, "OUT", "file to write (.gwy, .gsf, .npz or .npy; several channels: .gwy)")
    how = parser.add_argument_group("levelling")
    how.add_argument(
        "--method", choices=("plane", "polynomial", "facet", "base", "rows"), default="plane",
        help="a plane (default), a polynomial surface, the plane of the commonest slope, what makes the lowest peak of the "
        "heights flat and zero, or every scan line for itself",
    )  # fmt: skip
    how.add_argument(
        "--rows", choices=get_args(Rows), metavar="HOW",
        help=f"{', '.join(get_args(Rows))}: of "
        "each line: its median (default) or mean, the median or mean difference from the line before, what it takes to "
        "match its neighbours where they are alike, its commonest height, its commonest slope, or a polynomial along it",
    )  # fmt: skip
    how.add_argument(
        "--degree", type=degrees, metavar="N",
        help="degree of the polynomial (default 1); of a surface, N,M: from line to line and along the lines",
    )  # fmt: skip
    how.add_argument("--total", action="store_true", help="of a surface: keep only terms of that total degree")
    how.add_argument(
        "--trim", type=float, metavar="PART", help="part cut off at each end of trimmed means (default 0.05, of differences 0.25)"
    )
    how.add_argument(
        "--axis", type=int, choices=(1, 0), help="scan lines are the rows of the image (1, default) or its columns (0)"
    )
    how.add_argument(
        "--mask", metavar="FILE",
        help="what to level by: the mask of a .gwy channel, or an image of 0 and 1; auto: all but what stands out of the ground",
    )  # fmt: skip
    how.add_argument(
        "--mask-mode", choices=MASK_MODES, default="include", help="level by what is inside the mask (default), outside, or all"
    )
    _add_json(parser)


def _add_convert(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "convert",
        usage="afmnn convert IMAGE -o OUT [options]",
        help="write the images of a file in another format",
        description="Write what is in IMAGE as .gwy, .gsf, .npz or .npy: all channels to .gwy, to the others one. Heights, "
        f"sizes, units and titles are kept (.npy: heights only), masks and metadata are not. {_FILES}",
        epilog="example: afmnn convert scan.nid -o scan.gwy",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_convert)
    parser.add_argument("image", metavar="IMAGE", help="file to read, of any format that afmnn info knows")
    _add_channel(parser)
    _add_output(parser, "OUT", "file to write; the suffix says the format")
    _add_json(parser)


def _add_channel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--channel",
        metavar="NAME|height|all|PATTERN",
        help="channels of every file: a title, the height of the forward direction, all, or those with titles such as 'Z-Axis*'",
    )


def _add_output(parser: argparse.ArgumentParser, metavar: str, text: str, *, required: bool = True) -> None:
    force = (
        "replace a network, or another file, that is there"
        if text == _NETWORK_OUTPUT
        else "replace a file that is no earlier result"
    )
    parser.add_argument("-o", "--output", required=required, metavar=metavar, help=text)
    parser.add_argument("-f", "--force", action="store_true", help=force)


def _add_strength(parser: argparse._ActionsContainer, of: str = "") -> None:
    parser.add_argument(
        "--strength", type=float, default=1.0, metavar="X",
        help=f"{of}how much is taken for noise, 0 to 1.5: 0.5 spares more of what is fine and low (default %(default)g)",
    )  # fmt: skip


def _add_seed(how: argparse._ArgumentGroup) -> None:
    how.add_argument("--seed", type=int, metavar="N", help="makes the same network again; by default drawn and reported")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, metavar="N", help="worker threads (default: all cores); the result is the same")
    _add_json(parser)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def _window(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 27 or 15x41")
    return int(parts[0]), int(parts[-1])


def _part(text: str) -> tuple[int, int | None]:
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1024 or 1024x4096")
    return int(parts[0]), int(parts[1]) if len(parts) > 1 else None


def _count(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes like 2")
    return int(text)


def _bytes(text: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([kMGT])(i?)B?|B)?", text.strip(), re.ASCII | re.IGNORECASE)
    if not found or not float(found[1]) > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 500MB or 2GB")
    power = "kmgt".index(found[2].lower()) + 1 if found[2] else 0
    return int(float(found[1]) * (1024 if found[3] else 1000) ** power)


def _layers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of nodes like 6 or 64,32")
    return tuple(map(int, parts))


def _counts(text: str) -> int | tuple[int, ...]:
    try:
        counts = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of steps like 50 or 30,20") from None
    return counts if len(counts) > 1 else counts[0]


# The commands' own modules import more than --help needs.


def _run_clean(options: argparse.Namespace) -> int:
    from ._clean import run  # noqa: PLC0415

    return run(options)


def _run_train(options: argparse.Namespace) -> None:
    from ._train import run  # noqa: PLC0415

    run(options)


def _run_train_scene(options: argparse.Namespace) -> None:
    from ._train_scene import run  # noqa: PLC0415

    run(options)


def _run_adapt(options: argparse.Namespace) -> None:
    from ._adapt import run  # noqa: PLC0415

    run(options)


def _run_apply(options: argparse.Namespace) -> None:
    _check_ideals(options)
    from . import _apply_store  # noqa: PLC0415

    if _apply_store.is_meant(options):
        _apply_store.run(options)
        return
    from ._apply import run  # noqa: PLC0415

    run(options)


def _run_report(options: argparse.Namespace) -> None:
    _check_ideals(options)
    from ._report import run  # noqa: PLC0415

    run(options)


def _check_ideals(options: argparse.Namespace) -> None:
    if len(options.ideal) not in (0, 1, len(options.images)):
        options.refuse(f"argument --ideal: expected once or {len(options.images)} times, got {len(options.ideal)}")


def _run_info(options: argparse.Namespace) -> int:
    from ._info import run  # noqa: PLC0415

    return run(options)


def _run_networks(options: argparse.Namespace) -> None:
    from . import _networks  # noqa: PLC0415

    getattr(_networks, f"run_{options.action}")(options)


def _run_synth(options: argparse.Namespace) -> None:
    from ._synth import run  # noqa: PLC0415

    run(options)


def _run_level(options: argparse.Namespace) -> None:
    from ._level import run  # noqa: PLC0415

    run(options)


def _run_convert(options: argparse.Namespace) -> None:
    from ._convert import run  # noqa: PLC0415

    run(options)
