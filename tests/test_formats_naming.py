"""Which channel is the height, and in which direction it was scanned, in the words of many makers."""

import numpy as np
import pytest

import afmnn
from afmnn.formats import images
from afmnn.formats._channels import Channel, height, select, select_all
from afmnn.formats._naming import direction_of, is_height, is_sensor, stem

TITLES = [
    # title, unit, direction, a height, of a sensor, what it is called in both directions
    ("Z-Axis forward", "m", "forward", True, False, "Z-Axis"),
    ("Z-AxisSensor backward", "m", "backward", True, True, "Z-AxisSensor"),
    ("Topography forward", "m", "forward", True, False, "Topography"),
    ("Topography 2nd backward", "m", "backward", True, False, "Topography 2nd"),
    ("HeightTrace", "m", "forward", True, False, "Height"),
    ("HeightRetrace", "m", "backward", True, False, "Height"),
    ("ZSensorRetrace", "m", "backward", True, True, "ZSensor"),
    ("AmplitudeRetrace", "m", "backward", False, False, "Amplitude"),
    ("Z (Forward)", "m", "forward", True, False, "Z"),
    ("Z (Backward)", "m", "backward", True, False, "Z"),
    ("Height Sensor", "nm", "unknown", True, True, "Height Sensor"),
    ("Height (measured)", "m", "unknown", True, True, "Height (measured)"),
    ("Z TraceUp", "m", "forward", True, False, "Z"),
    ("Z RetraceDown", "m", "backward", True, False, "Z"),
    ("TopoFwd", "m", "forward", True, False, "Topo"),
    ("Topo_bwd", "m", "backward", True, False, "Topo"),
    ("Z Height Backward", "m", "backward", True, False, "Z Height"),
    ("Deflection", "m", "unknown", False, False, "Deflection"),
    ("Height Error", "m", "unknown", False, False, "Height Error"),
    ("Phase", "deg", "unknown", False, False, "Phase"),
    ("Height", "V", "unknown", False, False, "Height"),
    ("Topography", "", "unknown", True, False, "Topography"),
    ("noisy", "", "unknown", False, False, "noisy"),
    ("Tracer particles", "m", "unknown", True, False, "Tracer particles"),
    ("Straightforward", "m", "unknown", True, False, "Straightforward"),
]


@pytest.mark.parametrize(("title", "unit", "direction", "heights", "sensor", "bare"), TITLES)
def test_what_a_title_says(title, unit, direction, heights, sensor, bare):
    assert direction_of(title, {}) == direction
    assert is_height(title, unit) == heights
    assert is_sensor(title) == sensor
    assert stem(title) == bare


@pytest.mark.parametrize(
    ("meta", "direction"),
    [
        ({"Line Direction": "Retrace", "Capture direction": "Down"}, "backward"),
        ({"Line direction": "Trace"}, "forward"),
        ({"Line direction": "Left to right"}, "forward"),
        ({"General Info::X scanning direction": "Backward", "General Info::Y scanning direction": "Up"}, "backward"),
        ({"trace": "Retrace"}, "backward"),
        ({"Direction": "down"}, "unknown"),
        ({"Scan direction": "Up"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_what_the_metadata_say(meta, direction):
    assert direction_of("Height", meta) == direction
    assert direction_of("Height forward", meta) == "forward"


def channels(*titles, unit="m", directions=None, problems=()):
    directions = directions or [direction_of(title, {}) for title in titles]
    return [
        Channel(
            n, title, (2, 2), "is damaged" if n in problems else "", (1.0, 1.0), unit, unit, direction, is_height(title, unit)
        )
        for n, (title, direction) in enumerate(zip(titles, directions, strict=True))
    ]


@pytest.mark.parametrize(
    ("found", "number"),
    [
        (channels("Phase", "Z forward", "Z backward"), 1),
        (channels("Z-Axis Sensor forward", "Z-Axis forward", "Z-Axis backward"), 1),
        (channels("Z-Axis Sensor forward", "Z-Axis backward"), 0),
        (channels("Height (measured)", "Height", "Adhesion", "Height (measured)"), 1),
        (channels("Height", "Height", directions=["forward", "backward"]), 0),
        (channels("Height", directions=["backward"]), 0),
        (channels("Z forward", "Z forward", problems=[0]), 1),
        (channels("Test", unit=""), 0),
        (channels("Test", "Topo", unit=""), 1),
    ],
)
def test_the_height_of_the_forward_direction(found, number):
    assert height("a.nid", found).key == number
    assert select("a.nid", found, "height").key == number
    assert [channel.key for channel in select_all("a.nid", found, "height")] == [number]
    assert select("a.nid", found, None).key == number


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (channels("Phase", "Amplitude"), "channel must be given for a.nid, no height is among 0 'Phase'"),
        (channels("Topography", "Topography"), "which has several heights: 0 'Topography' .*, 1 'Topography'"),
        (channels("Z forward", "Y forward", "Z backward"), "which has several heights: 0 'Z forward' .*, 1 'Y forward' .*\\)$"),
        (channels("a", "b", unit=""), "no height is among"),
        (channels("Phase", unit="deg"), "no height is among"),
    ],
)
def test_no_height_or_two_are_listed(found, message):
    with pytest.raises(ValueError, match=message):
        select("a.nid", found, "height")


def test_a_channel_that_is_called_height_is_meant_first():
    found = channels("Z forward", "height", unit="m")
    assert select("a.nid", found, "height").key == 1


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [("Z*", [0, 1]), ("z-axis f*", [0]), ("all", [0, 1, 2]), ("*", [0, 1, 2]), ("Phase", [2]), ("2", [2]), ("height", [0])],
)
def test_several_channels_by_a_pattern(wanted, numbers):
    found = channels("Z-Axis forward", "Z-Axis backward", "Phase", "broken", problems=[3])
    assert [channel.key for channel in select_all("a.nid", found, wanted)] == numbers
    if len(numbers) == 1:
        assert select("a.nid", found, wanted).key == numbers[0]


def test_what_fits_none_or_several_is_listed():
    found = channels("Z-Axis forward", "Z-Axis backward", "Phase")
    with pytest.raises(ValueError, match=r"channel must be one of a.nid, got 'X\*'; it has 0 'Z-Axis forward'"):
        select_all("a.nid", found, "X*")
    with pytest.raises(ValueError, match=r"by number for a.nid, 'Z\*' is a pattern of several: 0 'Z-Axis forward' .*, 1 'Z-Axis"):
        select("a.nid", found, "Z*")


def test_frames_and_directions_of_a_gwy_file(tmp_path):
    path = tmp_path / "film.gwy"
    film = [afmnn.Image(np.full((3, 4), float(n)), (1e-6, 1e-6), "m", "m", f"Topography forward, frame {n}") for n in range(12)]
    images.write_images(path, [*film, film[0].replace(unit_z="V", title="Error forward, frame 0")])
    assert [frame.data[0, 0] for frame in images.read_frames(path)] == list(range(12))
    assert len(images.read_frames(path, "Error*")) == 1
    with pytest.raises(ValueError, match="which has more than one film: 0 'Topography"):
        images.read_frames(path, "all")
    with pytest.raises(ValueError, match="which has several heights: 0 'Topography"):
        images.read_directions(path)
    images.write_images(path, [film[0], film[1].replace(title="Topography backward, frame 0")])
    assert [image.data[0, 0] for image in images.read_directions(path)] == [0.0, 1.0]
    assert [image.data[0, 0] for image in images.read_directions(path, 1)] == [0.0, 1.0]


def test_of_the_frames_of_a_film_the_first_is_the_height():
    """But not of two films, nor of what only looks like one."""
    film = channels("Height trace, frame 1 of 2", "Height trace, frame 2 of 2", "Height retrace, frame 1 of 2")
    assert height("a.gwy", film).key == select("a.gwy", film, None).key == 0
    assert [each.key for each in select_all("a.gwy", film, "Height trace*")] == [0, 1]
    for titles in (
        ("Z, frame 1 of 2", "Height, frame 1 of 2"),
        ("Height, frame 1 of 2", "Height"),
        ("Height, frame 1", "Height, frame 2"),
    ):
        with pytest.raises(ValueError, match="which has several heights"):
            height("a.gwy", channels(*titles))
