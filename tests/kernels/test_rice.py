"""Rice decompression against the definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe_kernels.rice import decode_rice
from tests.references import rice as reference

DTYPES = {1: np.uint8, 2: np.uint16, 4: np.uint32}


def _decode(packed: bytes, width: int, nvalues: int, block_length: int = 32) -> tuple[int, np.ndarray]:
    out = np.zeros(nvalues, DTYPES[width])
    return decode_rice(np.frombuffer(packed, np.uint8), block_length, *reference.CODES[width], out), out


@settings(max_examples=150)
@given(data=st.data(), width=st.sampled_from([1, 2, 4]), block_length=st.sampled_from([16, 32]))
def test_decoding_is_the_inverse_of_encoding(data: st.DataObject, width: int, block_length: int) -> None:
    nbits = data.draw(st.integers(0, 8 * width))
    level = data.draw(st.integers(0, 2 ** (8 * width) - 2**nbits))
    values = data.draw(st.lists(st.integers(level, level + 2**nbits - 1), min_size=1, max_size=100))
    # Few differences in unary have more than some hundred zeros, but they may.
    values += [level] * data.draw(st.sampled_from([0, 40]))
    packed = reference.encode(values, width, block_length)
    assert reference.decode(packed, width, len(values), block_length).tolist() == values
    count, found = _decode(packed, width, len(values), block_length)
    assert (count, found.tolist()) == (len(values), values)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_long_runs_of_zeros(width: int) -> None:
    values = [0] * 64
    values[5] = min(2 ** (8 * width) - 1, 70_000)
    count, found = _decode(reference.encode(values, width), width, 64)
    assert (count, found.tolist()) == (64, values)


@settings(max_examples=200)
@given(packed=st.binary(max_size=60), width=st.sampled_from([1, 2, 4]))
def test_any_bytes_end(packed: bytes, width: int) -> None:
    count, found = _decode(packed, width, 500)
    assert 0 <= count <= 500
    assert not found[count:].any()


@pytest.mark.parametrize("width", [1, 2, 4])
def test_bytes_that_end_too_early(width: int) -> None:
    values = np.random.default_rng(1).integers(0, 2 ** (8 * width), 100).tolist()
    packed = reference.encode(values, width)
    assert [_decode(packed[:nbytes], width, 100)[0] for nbytes in (0, width, len(packed) - 1)] == [0, 0, 99]


def test_code_that_does_not_exist() -> None:
    assert _decode(bytes([0, 0, 0, 1, 0b11011000, 0, 0]), 4, 10)[0] == 0
