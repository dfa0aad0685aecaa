"""Two installed versions of afmnn against each other: ``python benchmarks/against.py OLD_PYTHON NEW_PYTHON [--rounds N]``.

Each interpreter has one version installed. They take turns at every case, on one thread, in processes that live on; a round
gives one ratio of processor times, old by new, and the page shows the median of the rounds and their range. Processor time
counts because it changes little beside other work on the machine. A version against itself comes first (give the same
interpreter twice): what it scatters by, no ratio can claim.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

WORKER = r"""
import sys, time
import numpy as np
import afmnn
from afmnn import synth

afmnn.set_num_threads(1)
ideal = synth.objects((256, 256), radius=12.0, height=1.0, seed=2)
noisy = ideal + synth.noise(ideal.shape, rms=0.2, seed=2)
large = np.tile(noisy, (4, 4)).astype(np.float32)
net = afmnn.train(noisy, ideal, steps=1, seed=0)
small = afmnn.train(noisy, ideal, window=9, hidden=6, steps=1, seed=0)
scene = synth.default_scene()
fast = afmnn.train_on_scene(synth.default_scene(shape=(64, 64)), steps=1, seed=0)
cases = {
    "apply, 27 x 27, 6 nodes (Fourier)": lambda: afmnn.apply(net, large),
    "apply, 9 x 9, 6 nodes (direct)": lambda: afmnn.apply(small, large),
    "apply, network of a scene": lambda: afmnn.apply(fast, noisy),
    "train, 2 steps": lambda: afmnn.train(noisy, ideal, steps=2, seed=0),
    "train_on_scene, 1 step": lambda: afmnn.train_on_scene(scene, steps=1, seed=0),
    "gwyddion, 2 steps": lambda: afmnn.train(noisy, ideal, method="gwyddion", steps=2, seed=0),
    "noise, gaussian": lambda: synth.noise((2048, 2048), rms=1.0, seed=1),
    "noise, laplace": lambda: synth.noise((2048, 2048), rms=1.0, distribution="laplace", seed=1),
    "line_steps": lambda: synth.line_steps((2048, 2048), rms=1.0, seed=1),
    "scene, 4 pairs": lambda: [scene.pair(index) for index in range(4)],
    "tip dilation": lambda: afmnn.tips.tip_dilation(ideal, tip),
}
tip = afmnn.tips.tip_model("pyramid", radius=4.0, height_range=1.0, pixel_size=1.0)
print(*cases, sep="\t", flush=True)
for line in sys.stdin:
    run = cases[line.rstrip("\n")]
    start = time.process_time()
    run()
    print(time.process_time() - start, flush=True)
"""


class Version:
    """A process that runs cases with one version."""

    def __init__(self, python: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [python, "-W", "ignore", "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )
        self.cases = self._read().split("\t")

    def _read(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            sys.exit("one of the versions ended; its error stands above")
        return line.rstrip("\n")

    def seconds(self, case: str) -> float:
        """Run a case once and return its processor time."""
        self.process.stdin.write(case + "\n")
        self.process.stdin.flush()
        return float(self._read())


def main() -> None:
    """Compare and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="cases that begin with this")
    arguments = parser.parse_args()
    folder = Path("/")  # where no source tree stands in the way of what is installed
    old, new = Version(arguments.old, folder), Version(arguments.new, folder)
    print("| case | old, ms | new, ms | old / new (range) |\n|---|---|---|---|")
    for case in [name for name in old.cases if name in new.cases and name.startswith(arguments.only)]:
        old.seconds(case), new.seconds(case)
        rounds = []
        for number in range(arguments.rounds):
            pair = {}
            for version in (old, new) if number % 2 == 0 else (new, old):
                pair[version] = version.seconds(case)
            rounds.append((pair[old], pair[new]))
        ratios = sorted(a / b for a, b in rounds)
        before, after = (1e3 * statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"| {case} | {before:.1f} | {after:.1f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
