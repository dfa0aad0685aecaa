"""Make the networks that come with the package, ``afmnn.load("universal")`` and ``afmnn.load("universal-fine")``.

``python examples/make_universal.py [NAME...]`` trains them again, by default all and into the source of the package, bit for bit:
on every computer and with any number of threads the files are the same. With ``--check`` nothing is written: the weights are
compared with those of the files. On two cores it takes about twenty minutes for each of them.
"""

import argparse
import dataclasses
import hashlib
import sys
from pathlib import Path

import afmnn
from afmnn.synth import default_scene

#: All that the weights depend on, beside the version of afmnn. Numbers of steps, because seconds are not the same everywhere.
NETWORKS = {
    "universal": {"preset": "fast", "hidden": (40, 16), "batch": 2048, "steps": 1000, "seed": 1},
    "universal-fine": {"preset": "best", "hidden": (64, 24), "steps": 900, "seed": 1},
}
SCENE = default_scene()
FOLDER = Path(__file__).parents[1] / "src" / "afmnn" / "networks"


def make(name, progress=None, **changes):
    """Train a network, and put down what it was trained on."""
    return named(afmnn.train_on_scene(SCENE, **NETWORKS[name], **changes, progress=progress), name)


def named(network, name):
    """Return a network with its name and its scene in its record; no date, which would change the file."""
    return dataclasses.replace(network, training={"name": name, "scene": "default_scene()", **network.training})


def digest(network):
    """Return the SHA-256 of all weights, stage after stage."""
    total = hashlib.sha256()
    for stage in network.stages:
        for weights in (*stage.layers, stage.linear):
            total.update(weights.astype(weights.dtype.newbyteorder("<")).tobytes())
    return total.hexdigest()


def report(step, losses):
    """Say how far it is, from time to time."""
    if step % 50 == 0:
        print(f"step {step}, validation error {losses['validation']:.4f}", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[[], *NETWORKS], help="networks to make (default: all)", metavar="NAME")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to (default: the package's source)")
    parser.add_argument("--check", action="store_true", help="train again, and compare the weights with those of the files")
    options = parser.parse_args(arguments)
    alike = True
    for name in options.names or NETWORKS:
        file = options.folder / f"{name}.npz"
        network = make(name, report)
        if not options.check:
            network.save(file)
            print(f"{file}: weights {digest(network)}")
            continue
        kept = digest(afmnn.load(file))
        print(f"weights of the file   {kept}\nweights trained again {digest(network)}")
        print("the same" if digest(network) == kept else "not the same")
        alike = alike and digest(network) == kept
    return 0 if alike else 1


if __name__ == "__main__":
    sys.exit(main())
