"""The generator of random bits: known answers, and streams that do not depend on each other."""

import numpy as np
import pytest

from afmnn import _core
from afmnn._reference import noise as reference


# Random123's tests/kat_vectors for "philox4x32 10": counter, key, result.
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_known_answers(counter, key, expected):
    c, k, words = ([int(word, 16) for word in text.split()] for text in (counter, key, expected))
    arguments = k[0] | k[1] << 32, c[2] | c[3] << 32, c[0] | c[1] << 32
    assert _core.philox(*arguments).tolist() == words
    assert [int(word) for word in reference.philox(*arguments)] == words


def test_bulk_kernel_draws_the_same_bits():
    """Uniform noise on [0, 1) shows its 53 bits; rows and both words of the key must reach the counter."""
    key = 0x0123456789ABCDEF
    rms = 1 / np.sqrt(12)
    drawn = _core.noise(3, 75, rms, 2, 0, 1.0, key, threads=1) + 0.5
    for row, col in [(0, 0), (0, 1), (1, 2), (2, 31), (2, 73), (2, 74)]:
        high, low = _core.philox(key, 0x500, row << 32 | col // 2)[2 * (col % 2) :][:2]
        assert abs(drawn[row, col] - (int(high) * 2**32 + int(low)) / 2**64) < 1e-15


@pytest.mark.parametrize("key", [0, 1, 2**32, 2**64 - 1])
def test_neighbouring_keys_roles_and_indices_are_independent(key):
    n = 4096
    streams = [reference.uniform(key, role, np.arange(n)) for role in (0x500, 0x501, 0x600, 0x500 << 32)]
    streams += [reference.uniform((key + 1) % 2**64, 0x500, np.arange(n)), reference.uniform(key, 0x500, np.arange(n) << 32)[1:]]
    streams += [reference.uniform(key, 0x500, np.arange(1, n + 1))]
    for i, a in enumerate(streams):
        for b in streams[:i]:
            m = min(len(a), len(b))
            assert abs(np.corrcoef(a[:m], b[:m])[0, 1]) < 5 / np.sqrt(m)


def test_every_bit_is_fair_and_flips_with_every_bit_of_the_input(rng):
    """Avalanche: one bit changed in key, role or index changes half of the 128 bits, everywhere."""
    bits = []
    for _ in range(40):
        key, role, index = (int(x) for x in rng.integers(0, 2**64, 3, dtype=np.uint64))
        words = _core.philox(key, role, index)
        for bit in range(0, 64, 3):
            for changed in ((key ^ 1 << bit, role, index), (key, role ^ 1 << bit, index), (key, role, index ^ 1 << bit)):
                bits.append(np.unpackbits((words ^ _core.philox(*changed)).view(np.uint8)))
    bits = np.array(bits)
    assert abs(bits.mean() - 0.5) < 4 * 0.5 / np.sqrt(bits.size)
    assert abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(len(bits))
