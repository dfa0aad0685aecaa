"""Networks of afmnn: those that come with it, what ten seconds teach, and what one pair of images teaches."""

from __future__ import annotations

import numpy as np
from arms import Arm, Clean, Floats, Settings
from sets import particles_pair, training_scene

import afmnn
from afmnn import networks


def arms(settings: Settings) -> list[Arm]:
    """Return the arms; ``universal-fine`` where this version has it."""

    def by(net: afmnn.Network, **how: object) -> Clean:
        return lambda image: np.asarray(afmnn.apply(net, image, **how))

    def clean(image: Floats) -> Floats:
        return np.asarray(afmnn.clean(image))

    def fast() -> Clean:
        return by(afmnn.train_on_scene(training_scene(), steps=settings.steps, seed=settings.seed))

    def gwyddion() -> Clean:
        """Heights come out on the scale of the training's ideal image, so images go in with the range of its noisy one."""
        net, height = afmnn.train(*pair, method="gwyddion", seed=settings.seed), np.ptp(pair[0])
        return lambda image: np.asarray(afmnn.apply(net, image * (height / np.ptp(image)))) * (np.ptp(image) / height)

    named = [name for name in ("universal", "universal-fine") if name in networks.names()]
    pair = particles_pair()
    return [
        *(Arm(f"afmnn `{name}`", lambda name=name: by(afmnn.load(name))) for name in named),
        Arm("afmnn `universal`, strength 0.5", lambda: by(afmnn.load("universal"), strength=0.5)),
        Arm("afmnn `universal`, flips", lambda: by(afmnn.load("universal"), flips=True)),
        Arm("afmnn `clean`", lambda: clean),
        Arm(f'afmnn "fast", {settings.steps} steps', fast, trains=True),
        Arm("afmnn `train`", lambda: by(afmnn.train(*pair, seed=settings.seed)), trains=True),
        Arm('afmnn `train`, "gwyddion"', gwyddion, trains=True),
    ]
