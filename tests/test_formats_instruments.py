"""Real files of nine makers: what gwyconvert, Gwyddion and other people's readers make of them is the same."""

import shutil
import subprocess

import numpy as np
import pytest

import afmnn
from afmnn.formats import _converters, images
from afmnn.formats._readers import open_images

#: What Gwyddion shows: shape, size in m, title of the height, and its direction.
FILES = {
    "real/asylum_kpfm.ibw": ((256, 256), (2.00784e-5, 2.00784e-5), "HeightTrace", "forward"),
    "real/bruker_dimensionv.spm": ((512, 512), (5e-7, 5e-7), "Height", "forward"),
    "real/gwyddion_dna_peakforce.gwy": ((512, 512), (4.33594e-7, 4.33594e-7), "Height", "backward"),
    "real/jpk_qi.jpk-qi-image": ((100, 100), (5e-7, 5e-7), "Height", "unknown"),
    "real/nanonis_moire.sxm": ((160, 160), (1e-8, 1e-8), "Z (Forward)", "forward"),
    "real/nanosurf_circles.nid": ((256, 256), (5e-5, 5e-5), "Topography forward", "forward"),
    "real/nanosurf_mos2_512x256.nid": ((256, 512), (3.97339e-6, 3.97339e-6), "Z-Axis forward", "forward"),
    "real/nanosurf_sapphire.nid": ((256, 256), (2.5e-6, 2.5e-6), "Z-Axis forward", "forward"),
    "real/park_grains.tiff": ((512, 512), (1e-6, 1e-6), "Z Height", "forward"),
    "real/picoview_scars.mi": ((256, 256), (2e-5, 2e-5), "Topography", "forward"),
    "real/wsxm_flakes.stp": ((256, 256), (6e-7, 6e-7), "Topography", "forward"),
    "pairs/aila_glass.nid": ((256, 256), (1e-5, 1e-5), "Z-Axis forward", "forward"),
    "pairs/aila_step_1.nid": ((128, 128), (1e-6, 1e-6), "Z-Axis forward", "forward"),
    "pairs/surfacetopography_di2.di": ((512, 512), (3e-7, 3e-7), "Height", "forward"),
}
#: Files with both directions whose relief exceeds the noise.
BOTH = (
    "real/asylum_kpfm.ibw", "real/bruker_dimensionv.spm", "real/nanonis_moire.sxm", "real/nanosurf_circles.nid",
    "real/nanosurf_mos2_512x256.nid", "real/nanosurf_sapphire.nid", "pairs/aila_glass.nid", "pairs/surfacetopography_di2.di",
)  # fmt: skip


@pytest.fixture(params=["gwyconvert", "gwyddion"])
def converter(request, monkeypatch):
    """Let one program be the only one."""
    keep(request.param, monkeypatch)
    return request.param


@pytest.fixture
def some_converter():
    if not any(each.name in ("gwyconvert", "gwyddion") for each in _converters.converters(".spm")):
        pytest.skip("needs the extra io or the program gwyddion")


def keep(name, monkeypatch):
    found = _converters.converters
    if not any(each.name == name for each in found(".nid")):
        pytest.skip(f"needs {name}")
    monkeypatch.setattr("afmnn.formats._foreign.converters", lambda suffix: [c for c in found(suffix) if c.name == name])


@pytest.mark.parametrize("name", FILES)
def test_the_height_is_found_whoever_made_the_file(shared, name, converter):
    shape, size, title, direction = FILES[name]
    path = shared / "data" / name
    image = afmnn.read_image(path)
    assert (image.shape, image.title, image.unit_xy, image.unit_z) == (shape, title, "m", "m")
    np.testing.assert_allclose(image.size, size, rtol=1e-5)
    assert np.isfinite(image.data).all()
    np.testing.assert_array_equal(afmnn.read_image(path, "height").data, image.data)
    (chosen,) = [c for c in afmnn.list_channels(path) if c.title == title and c.direction == direction]
    assert chosen.is_height
    assert (chosen.shape, chosen.size, chosen.unit_z) == (image.shape, image.size, "m")
    assert ("gwyddionpy-converter 0." if converter == "gwyconvert" else "Gwyddion 2.") in chosen.reader or name.endswith(".gwy")


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".gwy")])
def test_numbers_are_those_of_the_program_gwyddion(shared, name, tmp_path, monkeypatch):
    """Of every channel: orientation, size, unit, title, and numbers to a millionth of their range."""
    gwyfile = pytest.importorskip("gwyfile")
    if shutil.which("gwyddion") is None:
        pytest.skip("needs the program gwyddion")
    path = shared / "data" / name
    subprocess.run(["gwyddion", f"--convert-to-gwy={tmp_path / 'a.gwy'}", path], check=True, timeout=60, capture_output=True)
    expected = gwyfile.load(str(tmp_path / "a.gwy"))
    keep("gwyconvert", monkeypatch)
    channels = afmnn.list_channels(path)
    assert {f"/{channel.key}/data" for channel in channels} == {key for key in expected if key.endswith("/data")}
    for channel, image in zip(channels, images.read_images(path), strict=True):
        field = expected[f"/{channel.key}/data"]
        assert image.title == channel.title == expected[f"/{channel.key}/data/title"]
        np.testing.assert_allclose(image.size, (field.yreal, field.xreal), rtol=1e-12)
        assert (image.unit_xy, image.unit_z) == (field.si_unit_xy.unitstr, field.si_unit_z.unitstr)
        np.testing.assert_allclose(image.data, field.data, rtol=0, atol=1e-6 * np.ptp(field.data))


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".nid")])
def test_nanosurfs_files_have_a_second_way(shared, name, monkeypatch):
    path = shared / "data" / name
    with monkeypatch.context() as only:
        keep("NSFopen", only)
        with open_images(path) as file:
            channels = file.channels()
            second = [file.image(channel) for channel in channels]
    assert channels[0].reader.startswith("NSFopen 2.")
    keep("gwyconvert", monkeypatch)
    first = images.read_images(path)
    assert [image.title for image in first] == [image.title for image in second]
    for one, other in zip(first, second, strict=True):
        assert (one.unit_xy, one.unit_z) == (other.unit_xy, other.unit_z)
        np.testing.assert_allclose(one.size, other.size, rtol=1e-9)
        np.testing.assert_allclose(one.data, other.data, rtol=0, atol=1e-6 * np.ptp(one.data))


def test_asylums_numbers_are_those_of_igor2(shared, some_converter):
    igor2 = pytest.importorskip("igor2.binarywave")
    path = shared / "data/real/asylum_kpfm.ibw"
    wave = igor2.load(str(path))["wave"]["wData"]  # (x, y, channel), y from below
    image = afmnn.read_image(path)
    np.testing.assert_allclose(image.data, np.flipud(wave[:, :, 0].T), rtol=0, atol=1e-6 * np.ptp(image.data))


def test_nanonis_numbers_are_those_of_nanonispy2(shared, some_converter):
    """The file has the backward direction in the order in which it was scanned; ours are in the sample's coordinates."""
    nanonispy2 = pytest.importorskip("nanonispy2")
    path = shared / "data/real/nanonis_moire.sxm"
    signal = nanonispy2.read.Scan(str(path)).signals["Z"]
    trace, retrace = afmnn.read_directions(path)
    np.testing.assert_allclose(trace.data, signal["forward"], rtol=0, atol=1e-6 * np.ptp(trace.data))
    np.testing.assert_allclose(retrace.data, np.fliplr(signal["backward"]), rtol=0, atol=1e-6 * np.ptp(retrace.data))


@pytest.mark.parametrize("name", BOTH)
def test_both_directions_show_the_same_place(shared, name, converter):
    trace, retrace = afmnn.read_directions(shared / "data" / name)
    assert trace.shape == retrace.shape
    assert trace.size == retrace.size
    found, mirrored = correlation(trace, retrace), correlation(trace, retrace[:, ::-1])
    assert found > 0.8
    assert found > mirrored


def correlation(trace, retrace, most=16):
    """Highest correlation over lags along the line, less planes."""
    one, other = (afmnn.level(np.array(image, np.float64), "plane") for image in (trace, retrace))
    middle = slice(most, -most)
    lags = range(-most, most + 1)
    return max(np.corrcoef(one[:, middle].ravel(), np.roll(other, lag, 1)[:, middle].ravel())[0, 1] for lag in lags)


def test_a_quantity_of_both_directions_by_its_title(shared, some_converter):
    path = shared / "data/real/picoview_scars.mi"
    channels = {c.key: c for c in afmnn.list_channels(path)}
    assert [channels[key].direction for key in (2, 3)] == ["forward", "backward"]
    assert channels[2].title == channels[3].title == "Friction"
    for wanted in ("Friction", 2, 3, "2", "Fric*"):
        trace, retrace = afmnn.read_directions(path, wanted)
        np.testing.assert_array_equal(trace.data, afmnn.read_image(path, 2).data)
        np.testing.assert_array_equal(retrace.data, afmnn.read_image(path, 3).data)
    with pytest.raises(ValueError, match="channel must be there in both directions, got 0 'Topography'"):
        afmnn.read_directions(path)
    with pytest.raises(ValueError, match=r"'Friction' is the title of several: 2 'Friction' .*forward.*, 3 .*backward"):
        afmnn.read_image(path, "Friction")


def test_frames_of_a_film(shared, some_converter):
    path = shared / "data/pairs/afmlevel_film_3frames.tiff"
    found = afmnn.read_frames(path)
    assert [frame.shape for frame in found] == [(256, 256)] * 3
    assert len({frame.data.tobytes() for frame in found}) == 3
    np.testing.assert_array_equal(found[1].data, afmnn.read_image(path, 1).data)
    with pytest.raises(ValueError, match="which has several: 0 'Gray'"):
        afmnn.read_image(path)


@pytest.mark.parametrize("name", ["real/bruker_dimensionv.spm", "real/nanosurf_circles.nid", "real/nanonis_moire.sxm"])
@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.9])
def test_truncated_files_are_one_clear_error(shared, name, part, tmp_path, some_converter):
    """Or are read as far as they go, where their format and the program allow that."""
    content = (shared / "data" / name).read_bytes()
    path = tmp_path / name.rpartition("/")[2]
    path.write_bytes(content[: int(part * len(content))])
    try:
        image = afmnn.read_image(path)
    except afmnn.FormatError as error:
        message = str(error)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message
        assert len(message) < 600
    else:
        assert part == 0.9
        assert image.unit_z == "m"


@pytest.mark.parametrize("name", ["a.nid", "a.spm", "a.sxm", "a.ibw", "a.000", "a.jpk", "a.tiff"])
def test_other_things_with_the_suffix_are_one_clear_error(name, tmp_path, some_converter):
    path = tmp_path / name
    path.write_text("# not a scan\n" * 300, encoding="utf-8")
    with pytest.raises(afmnn.FormatError, match=r"cannot be read: \w+ says: "):
        afmnn.read_image(path)
