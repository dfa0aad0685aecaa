"""What else one could clean an image with: scikit-image's filters, tuned with the truth in hand, and PyTorch networks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from _images import psnr

from afmnn.synth import Scene

Clean = Callable[[np.ndarray], np.ndarray]
CROP, CROPS = 96, 16  # of a mini-batch of the PyTorch networks


def filters() -> Iterator[tuple[str, list[Clean]]]:
    """Yield each filter with the settings that are tried; images come with a standard deviation of 1."""
    from skimage.restoration import denoise_nl_means, denoise_tv_chambolle, denoise_wavelet

    def nlm(patch: int, h: float) -> Clean:
        return lambda z: denoise_nl_means(z, patch_size=patch, patch_distance=10, h=h, fast_mode=True)

    yield "non-local means", [nlm(patch, h) for patch in (5, 7, 9) for h in (0.3, 0.45, 0.6, 0.8)]
    yield "total variation", [lambda z, w=w: denoise_tv_chambolle(z, weight=w) for w in (0.1, 0.2, 0.3, 0.5, 0.8)]
    yield "wavelets", [lambda z, s=s: denoise_wavelet(z, sigma=s, wavelet="sym8", mode="soft") for s in (0.1, 0.2, 0.3, 0.4)]


def best_of(settings: list[Clean], noisy: np.ndarray, ideal: np.ndarray) -> float:
    """Return the PSNR of the setting that suits this very image best: more than a user can reach, who has no truth."""
    mean, spread = noisy.mean(), noisy.std()
    return max(psnr(clean((noisy - mean) / spread) * spread + mean, ideal) for clean in settings)


def torch_network(
    kind: str, scene: Scene, seconds: float, seed: int, threads: int, clock: Callable[[], float] = time.perf_counter
) -> Clean:
    """Train a U-Net of 16 to 64 channels or a DnCNN of 8 layers of 32 on pairs of the scene for so many seconds of a clock."""
    import torch

    begun = clock()
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    net = _unet(torch) if kind == "U-Net" else _dncnn(torch)
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
    random = np.random.default_rng(seed)
    index = 0
    while (done := (clock() - begun) / seconds) < 1.0:
        crops = []
        for _ in range(CROPS // 4):
            noisy, ideal = (_scaled(image, like) for pair in [scene.pair(index, seed=seed)] for image, like in _both(pair))
            index += 1
            for _ in range(4):
                y, x = (int(random.integers(0, n - CROP + 1)) for n in noisy.shape)
                crops.append((noisy[y : y + CROP, x : x + CROP], ideal[y : y + CROP, x : x + CROP]))
        x, y = (torch.from_numpy(np.stack(images)[:, None].astype(np.float32)) for images in zip(*crops, strict=True))
        optimiser.param_groups[0]["lr"] = 2e-3 * 0.5 * (1 + np.cos(np.pi * done)) + 2e-5
        optimiser.zero_grad()
        torch.nn.functional.mse_loss(x + net(x), y).backward()
        optimiser.step()

    def clean(image: np.ndarray) -> np.ndarray:
        mean, spread = _scale(image)
        with torch.no_grad():
            x = torch.from_numpy(((image - mean) / spread)[None, None].astype(np.float32))
            return (x + net(x))[0, 0].numpy().astype(float) * spread + mean

    return clean


def _both(pair: tuple[np.ndarray, np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    yield pair[0], pair[0]
    yield pair[1], pair[0]


def _scale(image: np.ndarray) -> tuple[float, float]:
    low, middle, high = np.quantile(image, [0.05, 0.5, 0.95])
    # Of few features on ground without noise both ends are that ground.
    return float(middle), float((high - low) / 3.29) or float(np.std(image)) or 1.0


def _scaled(image: np.ndarray, like: np.ndarray) -> np.ndarray:
    mean, spread = _scale(like)
    return (image - mean) / spread


def _dncnn(torch: Any) -> Any:
    nn = torch.nn
    layers = [nn.Conv2d(1, 32, 3, padding=1), nn.ReLU()]
    for _ in range(6):
        layers += [nn.Conv2d(32, 32, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(32, 1, 3, padding=1))


def _unet(torch: Any) -> Any:
    nn = torch.nn

    def double(channels: int, out: int) -> Any:
        return nn.Sequential(nn.Conv2d(channels, out, 3, padding=1), nn.ReLU(), nn.Conv2d(out, out, 3, padding=1), nn.ReLU())

    class UNet(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.down = nn.ModuleList([double(1, 16), double(16, 32), double(32, 64)])
            self.up = nn.ModuleList([double(96, 32), double(48, 16)])
            self.last = nn.Conv2d(16, 1, 1)

        def forward(self, x: Any) -> Any:
            kept = []
            for i, block in enumerate(self.down):
                x = block(x if i == 0 else nn.functional.max_pool2d(x, 2))
                kept.append(x)
            for block, skip in zip(self.up, (kept[1], kept[0]), strict=True):
                wide = nn.functional.interpolate(x, size=skip.shape[2:], mode="bilinear")
                x = block(torch.cat([wide, skip], 1))
            return self.last(x)

    return UNet()
