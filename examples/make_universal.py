"""Make the network that comes with the package, ``afmnn.load("universal")``.

``python examples/make_universal.py [FILE]`` trains it again, by default into the source of the package, bit for bit: on every
computer and with any number of threads the file is the same. With ``--check`` nothing is written: the weights are compared with
those of the file. It takes about five minutes on two cores.
"""

import argparse
import dataclasses
import hashlib
import sys
from pathlib import Path

import afmnn
from afmnn.synth import default_scene

#: All that the weights depend on, beside the version of afmnn. A number of steps, because seconds are not the same everywhere.
PRESET, STEPS, SEED = "best", 600, 1
SCENE = default_scene()
FILE = Path(__file__).parents[1] / "src" / "afmnn" / "networks" / "universal.npz"


def make(progress=None):
    """Train the network, and put down what it was trained on."""
    network = afmnn.train_on_scene(SCENE, preset=PRESET, steps=STEPS, seed=SEED, progress=progress)
    return named(network)


def named(network):
    """Return a network with its name and its scene in its record; no date, which would change the file."""
    return dataclasses.replace(network, training={"name": "universal", "scene": "default_scene()", **network.training})


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
        print(f"step {step} of {STEPS}, validation error {losses['validation']:.4f}", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", default=str(FILE), help="file of the network (default: in the package's source)")
    parser.add_argument("--check", action="store_true", help="train again, and compare the weights with those of the file")
    options = parser.parse_args(arguments)
    network = make(report)
    if not options.check:
        network.save(options.file)
        print(f"{options.file}: weights {digest(network)}")
        return 0
    kept = digest(afmnn.load(Path(options.file)))
    print(f"weights of the file   {kept}\nweights trained again {digest(network)}")
    print("the same" if digest(network) == kept else "not the same")
    return 0 if digest(network) == kept else 1


if __name__ == "__main__":
    sys.exit(main())
