"""Unpacking against the definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.io.bits import pack, unpack
from tests.references import unpack as reference
from tests.references.psrfits import highest_first


@given(data=st.binary(max_size=100), nbits=st.sampled_from([1, 2, 4]))
def test_unpack_equals_reference(data: bytes, nbits: int) -> None:
    packed = np.frombuffer(data, np.uint8)
    np.testing.assert_array_equal(unpack(packed, nbits), reference.unpack(packed, nbits))


@given(data=st.binary(max_size=100), nbits=st.sampled_from([1, 2, 4]))
def test_pack_is_the_inverse(data: bytes, nbits: int) -> None:
    packed = np.frombuffer(data, np.uint8)
    np.testing.assert_array_equal(pack(unpack(packed, nbits), nbits), packed)


@given(data=st.binary(max_size=100), nbits=st.sampled_from([1, 2, 4]))
def test_highest_bits_first(data: bytes, nbits: int) -> None:
    packed = np.frombuffer(data, np.uint8)
    samples = unpack(packed, nbits, is_high_first=True)
    np.testing.assert_array_equal(samples, highest_first(packed, nbits))
    np.testing.assert_array_equal(pack(samples, nbits, is_high_first=True), packed)


@pytest.mark.parametrize(("nbits", "expected"), [(1, [0, 1, 1, 0, 0, 0, 1, 1]), (2, [2, 1, 0, 3]), (4, [6, 12])])
def test_lowest_bits_are_the_first_channel(nbits: int, expected: list[int]) -> None:
    assert unpack(np.array([0b11000110], np.uint8), nbits).tolist() == expected
