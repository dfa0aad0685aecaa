"""A U-Net and a DnCNN in PyTorch, on pairs of the scene that afmnn's "fast" learns from, for given seconds of one core."""

from __future__ import annotations

import time

from arms import Arm, Clean, Settings
from sets import training_scene


def arms(settings: Settings) -> list[Arm]:
    """Return each network with each number of seconds."""

    def train(kind: str, seconds: float) -> Clean:
        from _others import torch_network

        return torch_network(kind, training_scene(), seconds, settings.seed, threads=1, clock=time.process_time)

    return [
        Arm(f"{kind} (PyTorch), {seconds:g} s", lambda kind=kind, seconds=seconds: train(kind, seconds), trains=True)
        for seconds in settings.seconds
        for kind in ("U-Net", "DnCNN")
    ]
