"""Every result is the one that is written down in data/bits.txt, here and with each instruction set that this machine has."""

import math
import os

import numpy as np
import pytest

import bits
import digests
from afmnn import _core
from afmnn.nn.apply import core_network
from networks import some_network


@pytest.fixture(scope="module")
def expected():
    return digests.read_golden()


def check(lines, expected):
    """Compare with the file; say what differs and what to do about it."""
    differing = digests.differences(digests.as_mapping(lines), expected)
    if differing:
        head = f"{len(differing)} results are not those of {digests.GOLDEN.name}, which every machine has to give:"
        end = f"If that is what was wanted, renew the file by {digests.HOW_TO_RENEW}."
        pytest.fail("\n".join([head, *differing, end]), pytrace=False)


def test_this_process(expected):
    check(bits.lines(), expected)


@pytest.mark.skipif(bool(os.environ.get("AFMNN_SIMD")), reason="asked about the instruction set in AFMNN_SIMD only")
@pytest.mark.parametrize("simd", bits.INSTRUCTION_SETS)
def test_instruction_set(simd, expected):
    if simd == _core.simd():
        pytest.skip(f"this process has {simd} itself")
    lines = bits.lines_with(simd)
    if lines is None:
        pytest.skip(f"this machine has no {simd}")
    check(lines, expected)


def test_both_ways_to_sum_windows_are_among_the_results(rng):
    """Fourier transforms with a large window, direct sums with a small one."""
    for window, hidden, fourier in ((27, 6, True), (5, 3, False)):
        core = core_network(some_network((window, window), (hidden,), rng))
        assert (_core.plan_tiles(core, *bits.SHAPE)[0] > 0) == fourier


# ---- digests ---------------------------------------------------------------------------------------------------------


def test_a_digest_sees_every_bit():
    array = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
    expected = digests.digest(array)
    for other in (np.nextafter(array, 2.0), array.T, array.ravel(), array.astype(np.float32), [array, 0], [array[:2], array[2:]]):
        assert digests.digest(other) != expected
    assert digests.digest(np.array([0.0])) != digests.digest(np.array([-0.0]))
    assert digests.digest({"b": 1.0, "a": 2.0}) == digests.digest({"a": 2.0, "b": 1.0}) != digests.digest({"a": 1.0, "b": 2.0})


def test_a_digest_does_not_depend_on_the_machine():
    array = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
    wide = np.zeros((3, 8))
    wide[:, ::2] = array
    for same in (array.astype(">f8"), np.asfortranarray(array), wide[:, ::2]):
        assert digests.digest(same) == digests.digest(array)
    assert digests.digest(np.arange(5, dtype=np.int32)) == digests.digest(np.arange(5, dtype=np.int64))
    nans = np.array([0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001, 0x3FF0000000000000], np.uint64).view(np.float64)
    assert digests.digest(nans) == digests.digest([np.array([np.nan, np.nan, np.nan, 1.0])])
    assert np.signbit(nans[1])  # what was given is left as it is


def test_text_has_no_bits():
    with pytest.raises(TypeError, match="has no bits to compare"):
        digests.digest(np.array(["a"]))


# ---- the file --------------------------------------------------------------------------------------------------------

FOUND = {"first": "00ff", "choice_x": "2 1", "figure_x": "0.5", "figure_y": "nan"}


@pytest.fixture
def golden(tmp_path):
    path = tmp_path / "bits.txt"
    digests.write_golden([f"{name} {value}" for name, value in FOUND.items()], path)
    return path


def test_what_is_written_is_read(golden):
    assert digests.read_golden(golden) == FOUND
    assert digests.differences(FOUND, digests.read_golden(golden)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first": "00fe"}, ["first: 00ff expected, got 00fe"]),
        ({"choice_x": "1 2"}, ["choice_x: 2 1 expected, got 1 2"]),
        ({"figure_x": repr(math.nextafter(0.5, 1.0))}, []),  # figures for reading may differ so little
        ({"figure_x": "0.500000001"}, ["figure_x: 0.5 expected, got 0.500000001"]),
        ({"figure_y": "0.5"}, ["figure_y: nan expected, got 0.5"]),
        ({"second": "aa"}, ["second: not in the file"]),
    ],
)
def test_what_differs_is_named(golden, changes, said):
    assert digests.differences({**FOUND, **changes}, digests.read_golden(golden)) == said


def test_what_is_missing_is_named(golden):
    assert digests.differences({"first": "00ff"}, digests.read_golden(golden)) == [
        f"{name}: not computed" for name in ("choice_x", "figure_x", "figure_y")
    ]


@pytest.mark.parametrize("head", [f"# results, version {digests.VERSION + 1}", "# results", ""])
def test_a_file_of_other_results_is_refused(golden, head):
    golden.write_text("\n".join([head, *golden.read_text().splitlines()[1:]]))
    with pytest.raises(
        ValueError, match=r"bits.txt must begin with '# results, version \d+', got .*: it was made for other"
    ) as error:
        digests.read_golden(golden)
    assert "`python tests/bits.py --write`" in str(error.value)


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(ValueError, match=r"bits\.txt is missing; make it by `python tests/bits.py --write`"):
        digests.read_golden(tmp_path / "bits.txt")


def test_two_results_of_one_name_are_refused():
    with pytest.raises(ValueError, match="must have a name of its own"):
        digests.as_mapping(["a 1", "a 2"])


def test_nothing_is_written_while_instruction_sets_do_not_agree(golden, monkeypatch):
    before = golden.read_bytes()
    monkeypatch.setattr(digests, "GOLDEN", golden)
    monkeypatch.setattr(bits, "lines", lambda: ["first 00ff", "second 1234"])
    other = next(simd for simd in bits.INSTRUCTION_SETS if simd != _core.simd())
    monkeypatch.setattr(bits, "lines_with", lambda simd: ["first 00fe", "second 1234"] if simd == other else None)
    with pytest.raises(SystemExit, match=f"nothing is written: {other} .*\nfirst: 00ff expected, got 00fe"):
        bits.main(["--write"])
    assert golden.read_bytes() == before
    monkeypatch.setattr(bits, "lines_with", lambda simd: ["first 00ff", "second 1234"] if simd == other else None)
    bits.main(["--write"])
    assert digests.read_golden(golden) == {"first": "00ff", "second": "1234"}
