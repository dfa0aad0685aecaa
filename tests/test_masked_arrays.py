"""Masked arrays are refused with advice, and the advice works."""

import re

import numpy as np
import pytest

import afmnn
from afmnn import metrics, synth, tips
from afmnn.formats import images

rng = np.random.default_rng(0)
Z = rng.normal(size=(32, 32))
BAD = np.zeros(Z.shape, bool)
BAD[3, 4:9] = True
NET = afmnn.train(Z, 0.3 * Z, window=5, hidden=2, steps=1, seed=0)
TIP = -np.hypot(*np.ogrid[-2:3, -2:3]).astype(float)

#: Every function that takes an image, and what is passed beside it where the message says so.
CALLS = {
    "apply": lambda z, **k: afmnn.apply(NET, z, **k),
    "train": lambda z, **k: afmnn.train(z, Z, **(k and {"mask": ~BAD}), window=5, hidden=2, steps=1),
    "train, ideal": lambda z, **k: afmnn.train(Z, z, **(k and {"mask": ~BAD}), window=5, hidden=2, steps=1),
    "train, with mask": lambda z, **k: afmnn.train(z, Z, mask=BAD, mask_mode="exclude", window=5, hidden=2, steps=1),
    "train, several": lambda z, **k: afmnn.train([Z, z], [Z, Z], **(k and {"mask": [~BAD, ~BAD]}), window=5, hidden=2, steps=1),
    "train, mask": lambda z, **k: afmnn.train(Z, Z, mask=z, window=5, hidden=2, steps=1),
    "level": lambda z, **k: afmnn.level(z),
    "level, with mask": lambda z, **k: afmnn.level(z, mask=BAD, mask_mode="exclude"),
    "level, mask": lambda z, **k: afmnn.level(Z, mask=z),
    "evaluate": lambda z, **k: afmnn.evaluate(NET, z, **k),
    "evaluate, ideal": lambda z, **k: afmnn.evaluate(NET, (Z, z), **k),
    "windows": lambda z, **k: afmnn.windows(z, 5),
    "measure": lambda z, **k: NET.measure(z),
    "Image": lambda z, **k: afmnn.Image(z),
    "rms_error": lambda z, **k: metrics.rms_error(z, Z, **(k and {"mask": ~BAD})),
    "rms_error, with mask": lambda z, **k: metrics.rms_error(z, Z, mask=~BAD),
    "psnr": lambda z, **k: metrics.psnr(Z, z, **(k and {"mask": ~BAD})),
    "largest_bias": lambda z, **k: metrics.largest_bias(z, Z, **(k and {"mask": ~BAD})),
    "rms_error, mask": lambda z, **k: metrics.rms_error(Z, Z, mask=z),
    "ssim": lambda z, **k: metrics.ssim(z, Z),
    "sq": lambda z, **k: metrics.sq(z),
    "sku": lambda z, **k: metrics.sku(z),
    "sdq": lambda z, **k: metrics.sdq(z, pixel_size=1.0),
    "sdr, with mask": lambda z, **k: metrics.sdr(z, pixel_size=1.0, mask=~BAD),
    "sal": lambda z, **k: metrics.sal(z),
    "str_, mask": lambda z, **k: metrics.str_(Z, mask=z),
    "levels": lambda z, **k: metrics.levels(z, reference=Z),
    "row_steps": lambda z, **k: metrics.row_steps(z),
    "structure": lambda z, **k: metrics.structure(z),
    "height_loss": lambda z, **k: metrics.height_loss(z, Z),
    "relief_loss": lambda z, **k: metrics.relief_loss(z, Z),
    "row_correlation_error": lambda z, **k: metrics.row_correlation_error(z),
    "feature_residual": lambda z, **k: metrics.feature_residual(Z, z),
    "edge_excess": lambda z, **k: metrics.edge_excess(Z, z),
    "power_spectrum": lambda z, **k: metrics.power_spectrum(z),
    "spectrum_change": lambda z, **k: metrics.spectrum_change(z, Z),
    "tip_dilation": lambda z, **k: tips.tip_dilation(z, TIP),
    "tip_erosion": lambda z, **k: tips.tip_erosion(z, TIP),
    "certainty_map": lambda z, **k: tips.certainty_map(z, TIP),
    "blind_tip_estimate": lambda z, **k: tips.blind_tip_estimate(z, 5),
    "tip_model": lambda z, **k: tips.tip_model("paraboloid", radius=3.0, pixel_size=1.0, image=z),
    "base": lambda z, **k: synth.noise(base=z, rms=1.0, seed=0),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_the_advice_works(name, dtype):
    call = CALLS[name]
    array = np.ma.array((100 * Z if dtype is np.int64 else Z).astype(dtype), mask=BAD)
    with pytest.raises(ValueError, match="must not have masked values, got 5: ") as caught:
        call(array)
    found = re.search(r"(array\.[\w.()]*\)(?:\.\w+\([\w.()]*\))?)(?: with (\w+)=('\w+')?)?", str(caught.value))
    advised = eval(found[1], {"array": array, "numpy": np})
    assert not isinstance(advised, np.ma.MaskedArray)
    call(advised, **({found[2]: found[3] and found[3].strip("'")} if found[2] else {}))


def test_masks_without_effect_are_welcome():
    for name, call in CALLS.items():
        if "mask" not in name:
            call(np.ma.array(Z))


def test_depths_and_files():
    depths = np.ma.array([0.5, 1.0, 2.0], mask=[0, 1, 0])
    with pytest.raises(ValueError, match=r"depths must not have masked values, got 1: pass array.compressed\(\)"):
        tips.tip_area_function(TIP, depths=depths)
    tips.tip_area_function(TIP, depths=depths.compressed())


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".gwy"])
def test_files_take_the_advice(tmp_path, suffix):
    array = np.ma.array(Z, mask=BAD)
    with pytest.raises(ValueError, match="where NaN marks missing pixels"):
        images.write_image(tmp_path / f"a{suffix}", array)
    images.write_image(tmp_path / f"a{suffix}", array.astype(float).filled(np.nan))
    np.testing.assert_array_equal(np.isnan(images.read_image(tmp_path / f"a{suffix}")), BAD)
