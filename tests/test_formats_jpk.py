"""JPK's .h5-jpk files through h5py, made here after what a file of a NanoRacer has in it."""

import numpy as np
import pytest

import afmnn
from afmnn.formats import _converters
from files import refused

COLUMNS, ROWS, FRAMES = 5, 3, 4
RAW = np.arange(ROWS * COLUMNS * FRAMES, dtype=np.int32).reshape(ROWS * COLUMNS, FRAMES) * 10**6
GRID = {
    "position-pattern.grid.ilength": COLUMNS, "position-pattern.grid.jlength": ROWS,
    "position-pattern.grid.ulength": 5e-7, "position-pattern.grid.vlength": 2e-7,
    "position-pattern.grid.unit.unit": b"m", "position-pattern.grid.reflect": b"false",
}  # fmt: skip
HEIGHT = {
    "conversions.base": b"volts", "conversions.default": b"calibrated", "conversion.volts.defined": b"false",
    "conversion.calibrated.base-calibration-slot": b"nominal", "conversion.nominal.base-calibration-slot": b"volts",
}  # fmt: skip
PHASE = {"conversions.base": b"degrees", "conversions.default": b"degrees"}
#: Metres of a height for a number of the converter, through volts and nominal heights.
METRES = 0.8 * (-1.4e-8 * (3e-8 * RAW + 69.0) + 1.4e-6)


def linear(name, multiplier, offset, unit):
    about = {"style": b"offsetmultiplier", "multiplier": multiplier, "offset": offset, "unit.unit": unit}
    return {f"conversion.{name}.defined": b"true"} | {
        (f"{name}." if name == "encoder" else f"conversion.{name}.") + f"scaling.{key}": value for key, value in about.items()
    }


def write(path, frames=FRAMES, height=None, grid=None):
    """Write a height and a phase in both directions."""
    h5py = pytest.importorskip("h5py")
    about = HEIGHT | linear("nominal", -1.4e-8, 1.4e-6, b"m") | linear("calibrated", 0.8, 0.0, b"m")
    with h5py.File(path, "w") as file:
        group = file.create_group("Measurement_000")
        group.attrs.update(GRID | (grid or {}))
        group.create_group("meta-data")
        for number, (name, retrace) in enumerate((n, r) for n in ("Height", "Lock-In Phase") for r in (b"false", b"true")):
            channel = group.create_group(f"Channel_{number:03}")
            channel.attrs.update({"channel.fancy-name": name.encode(), "retrace": retrace})
            is_height = name == "Height"
            encoder = linear("encoder", 3e-8, 69.0, b"V") if is_height else linear("encoder", 1e-7, 0.0, b"deg")
            channel.attrs.update(encoder | ((about | (height or {})) if is_height else PHASE))
            channel.create_dataset(name.split()[-1], data=RAW[:, :frames] + 10**6 * number)
            channel.create_dataset("thumbnail", data=np.zeros((16, 1), np.int32))
    return path


@pytest.fixture
def film(tmp_path):
    return write(tmp_path / "film.h5-jpk")


def shown(frame):
    """Return the heights of a frame: lines come from below."""
    return np.flipud(METRES[:, frame].reshape(ROWS, COLUMNS))


def test_film_is_read(film):
    frames = afmnn.read_frames(film)
    assert [image.title for image in frames] == [f"Height trace, frame {n} of 4" for n in (1, 2, 3, 4)]
    for number, image in enumerate(frames):
        assert (image.size, image.unit_xy, image.unit_z) == ((2e-7, 5e-7), "m", "m")
        np.testing.assert_allclose(image.data, shown(number), rtol=1e-12)
    phase = afmnn.read_image(film, "Lock-In Phase trace, frame 1 of 4")
    assert phase.unit_z == "deg"
    np.testing.assert_allclose(phase.data, np.flipud((RAW[:, 0] + 2e6).reshape(ROWS, COLUMNS)) * 1e-7, rtol=1e-12)


def test_its_first_frame_is_the_height(film):
    """Of both directions."""
    assert afmnn.read_image(film).title == "Height trace, frame 1 of 4"
    trace, retrace = afmnn.read_directions(film)
    assert retrace.title == "Height retrace, frame 1 of 4"
    np.testing.assert_allclose(retrace.data - trace.data, 0.8 * -1.4e-8 * 3e-8 * 1e6, rtol=1e-6)
    assert afmnn.list_channels(film)[0].reader.startswith("h5py 3.")


def test_one_frame_is_an_image(tmp_path):
    path = write(tmp_path / "scan.h5-jpk", frames=1)
    assert [c.title for c in afmnn.list_channels(path)][:2] == ["Height trace", "Height retrace"]


def test_reflected_grid_begins_at_the_top(tmp_path):
    path = write(tmp_path / "scan.h5-jpk", frames=1, grid={"position-pattern.grid.reflect": b"true"})
    np.testing.assert_allclose(afmnn.read_image(path).data, np.flipud(shown(0)), rtol=1e-12)


def test_without_a_way_to_metres_it_is_volts(tmp_path):
    """Better that than heights with a factor that is not known."""
    path = write(tmp_path / "scan.h5-jpk", frames=1, height={"conversion.nominal.defined": b"false"})
    image = afmnn.read_image(path, 0)
    assert image.unit_z == "V"
    np.testing.assert_allclose(image.data, np.flipud((3e-8 * RAW[:, 0] + 69.0).reshape(ROWS, COLUMNS)), rtol=1e-12)


@pytest.mark.parametrize(
    ("height", "grid", "message"),
    [
        ({"conversion.nominal.base-calibration-slot": b"calibrated"}, {}, "lead in a circle"),
        ({"encoder.scaling.style": b"polynomial"}, {}, "style must be offsetmultiplier, got 'polynomial'"),
        ({"encoder.scaling.multiplier": np.nan}, {}, "scaling must be finite"),
        ({}, {"position-pattern.grid.ilength": 2**31 - 1}, "must have 3 x 2147483647 pixels, got an array of"),
    ],
)
def test_what_is_odd_is_one_clear_error(tmp_path, monkeypatch, height, grid, message):
    monkeypatch.setattr(_converters, "_gwyconvert", lambda: ("", None))
    monkeypatch.setattr(_converters.shutil, "which", lambda name: None)
    path = write(tmp_path / "scan.h5-jpk", height=height, grid=grid)
    assert message in refused(afmnn.read_image, path)


def test_truncated_and_other_files(tmp_path, film):
    short = tmp_path / "short.h5-jpk"
    short.write_bytes(film.read_bytes()[:-3000])
    assert "h5py says: OSError" in refused(afmnn.read_image, short)
    short.write_bytes(b"nothing that HDF5 knows")
    assert "h5py says: OSError" in refused(afmnn.read_image, short)


def test_without_h5py_the_message_names_the_extra(tmp_path, monkeypatch):
    find = _converters.importlib.util.find_spec
    monkeypatch.setattr(_converters.importlib.util, "find_spec", lambda name: None if name == "h5py" else find(name))
    path = tmp_path / "scan.h5-jpk"
    path.write_bytes(b"what an instrument writes")
    message = refused(afmnn.read_image, path)
    assert 'pip install ".[jpk]"' in message
    assert "170" not in message
