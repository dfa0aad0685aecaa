"""Nanosurf's .nhf files through NSFopen, made here in both versions after what the maker's own examples read in them."""

import numpy as np
import pytest

import afmnn

h5py = pytest.importorskip("h5py")
pytest.importorskip("NSFopen")

LINES, POINTS = 3, 5
RAW = np.arange(LINES * POINTS, dtype=np.int32) * 10**7
FULL = 2 * (2**31 - 1)  # steps over the range of the calibration


def write(path, version, unit="m"):
    """Write two directions of two channels; the range of the heights is 8 µm, that of the others 2 V."""
    old = version == 1
    with h5py.File(path, "w") as file:
        file.attrs["nsf_file_version_major"] = version
        group = file.create_group("group_0000")
        if old:
            sizes = {"image_points_per_line": POINTS, "image_number_of_lines": LINES, "image_size_x": 5e-6, "image_size_y": 2e-6}
            group.attrs.update(sizes)
        else:
            group.attrs["rect_axis_range"] = [5e-6, 2e-6]
        for number, direction in enumerate(("Forward", "Backward")):
            segment = group.create_group(f"segment_{number}")
            segment.attrs["name" if old else "segment_name"] = direction
            if not old:
                segment.attrs["rect_axis_size"] = [POINTS, LINES]
            for channel, (name, z_unit, span) in enumerate((("Topography", unit, 8e-6), ("Amplitude", "V", 2.0))):
                data = segment.create_dataset(f"dataset_{channel}", data=RAW + number)
                head = "base" if old else "signal"
                data.attrs["name" if old else "signal_name"] = name
                data.attrs[f"{head}_calibration_min"], data.attrs[f"{head}_calibration_max"] = -span / 2, span / 2
                data.attrs[f"{head}_calibration_unit"] = z_unit


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_are_read(tmp_path, version):
    """Lines come from below, and are as long as they are also where the image is not square."""
    path = tmp_path / "scan.nhf"
    write(path, version)
    channels = afmnn.list_channels(path)
    assert {(c.title, c.unit_z, c.direction) for c in channels} == {
        (f"{name} {direction}", unit, direction)
        for name, unit in (("Topography", "m"), ("Amplitude", "V"))
        for direction in ("forward", "backward")
    }
    assert channels[0].reader.startswith("NSFopen 2.")
    image = afmnn.read_image(path)
    assert (image.title, image.unit_xy, image.shape) == ("Topography forward", "m", (LINES, POINTS))
    np.testing.assert_allclose(image.size, (2e-6, 5e-6))
    np.testing.assert_allclose(image.data, np.flipud(RAW.reshape(LINES, POINTS)) * 8e-6 / FULL, rtol=1e-9)
    trace, retrace = afmnn.read_directions(path)
    np.testing.assert_allclose(retrace.data - trace.data, 8e-6 / FULL, rtol=1e-4)


def test_prefixes_are_taken_off(tmp_path):
    path = tmp_path / "scan.nhf"
    write(path, 2, unit="nm")
    assert afmnn.read_image(path).unit_z == "m"


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n" + bytes(90), b"no HDF5 at all"])
def test_what_is_none_is_one_clear_error(tmp_path, content):
    path = tmp_path / "scan.nhf"
    path.write_bytes(content)
    with pytest.raises(afmnn.FormatError, match=r"scan\.nhf: cannot be read: NSFopen says: OSError") as caught:
        afmnn.read_image(path)
    assert "\n" not in str(caught.value)
