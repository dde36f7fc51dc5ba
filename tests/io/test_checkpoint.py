"""Checkpoints: what comes back is what was written, to the bit, or nothing."""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from fastpipe.errors import ConfigError, ResourceError
from fastpipe.io.checkpoint import encode, read_checkpoint, write_checkpoint


@dataclass(frozen=True, slots=True)
class Inner:
    """A part of a value."""

    values: NDArray[np.generic]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outer:
    """A value as the parts of a search have them."""

    arrays: dict[int, Inner]
    number: float
    count: int
    texts: tuple[str, ...] = ()
    maybe: Inner | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """Another kind of value."""

    name: int


SCALARS = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(),
    hnp.unsigned_integer_dtypes(),
    hnp.floating_dtypes(),
    hnp.complex_number_dtypes(),
    hnp.byte_string_dtypes(min_len=1, max_len=5),
    hnp.unicode_string_dtypes(min_len=1, max_len=5),
)
FIELDS = st.tuples(SCALARS, hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))
RECORDS = st.lists(FIELDS, min_size=1, max_size=4).map(
    lambda fields: np.dtype([(f"field {number}", *field) for number, field in enumerate(fields)])
)
ARRAYS = hnp.arrays(SCALARS | RECORDS, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
VALUE = Outer({3: Inner(np.arange(6.0).reshape(2, 3), "six"), 1: Inner(np.zeros(0, "f4,S3"))}, 0.1, -2, ("a", "β"))


def same(first: NDArray[np.generic], second: NDArray[np.generic]) -> bool:
    return (first.dtype, first.shape, first.tobytes()) == (second.dtype, second.shape, second.tobytes())


@given(array=ARRAYS, number=st.floats(), count=st.integers(-(2**63), 2**63 - 1), text=st.text())
def test_what_comes_back_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, array: NDArray[np.generic], number: float, count: int, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.checkpoint"
    write_checkpoint(path, Outer({7: Inner(array, text)}, number, count, (text, ""), Inner(array)))
    back = read_checkpoint(path, Outer)
    assert back is not None
    assert back.maybe is not None
    assert same(back.arrays[7].values, array)
    assert same(back.maybe.values, array)
    assert np.float64(back.number).tobytes() == np.float64(number).tobytes()
    assert (back.count, back.texts, back.arrays[7].note) == (count, (text, ""), text)
    assert back.arrays[7].values.flags.writeable
    assert back.arrays[7].values.base is None or back.arrays[7].values.base.nbytes == array.nbytes


@pytest.mark.parametrize("array", [np.arange(12.0)[::-2], np.arange(12).reshape(3, 4).T, np.asfortranarray(np.eye(3))])
def test_arrays_of_any_layout(tmp_path: Path, array: NDArray[np.generic]) -> None:
    write_checkpoint(tmp_path / "x", Inner(array))
    back = read_checkpoint(tmp_path / "x", Inner)
    assert back is not None
    assert same(back.values, array)


def test_not_a_number_keeps_its_bits(tmp_path: Path) -> None:
    array = np.array([0x7FC00001, 0xFF800001, 0x80000000, 0x7F800000], np.uint32).view(np.float32)
    write_checkpoint(tmp_path / "x", Inner(array))
    back = read_checkpoint(tmp_path / "x", Inner)
    assert back is not None
    assert same(back.values, array)


def test_equal_values_give_equal_bytes() -> None:
    assert encode((1.5, np.arange(3))) == encode((1.5, np.arange(3)))
    assert encode(np.arange(3, dtype=np.int32)) != encode(np.arange(3, dtype=np.uint32))
    assert encode(np.zeros((2, 3))) != encode(np.zeros((3, 2)))


@pytest.mark.parametrize("value", [object(), np.array([None])])
def test_what_has_no_bytes_is_refused(value: object) -> None:
    with pytest.raises(NotImplementedError, match="expected numbers, texts and arrays"):
        encode([value])


def _places(content: bytes) -> list[int]:
    """Return every byte of the head, and a sample of the others."""
    return sorted({*range(70), *range(70, len(content), 7), len(content) - 1})


def _damages() -> list[Callable[[bytes, int], bytes]]:
    return [
        lambda content, place: content[:place],
        lambda content, place: content[:place] + content[place + 1 :],
        lambda content, place: content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :],
        lambda content, place: content[:place] + bytes([content[place] ^ 128]) + content[place + 1 :],
        lambda content, place: content[:place] + b"\0" + content[place:],
    ]


@pytest.mark.parametrize("damage", _damages(), ids=["cut", "lost", "low bit", "high bit", "inserted"])
def test_damage_anywhere_gives_nothing(tmp_path: Path, damage: Callable[[bytes, int], bytes]) -> None:
    path = tmp_path / "x.checkpoint"
    write_checkpoint(path, VALUE)
    content = path.read_bytes()
    for place in _places(content):
        path.write_bytes(damage(content, place))
        assert read_checkpoint(path, Outer) is None, place
    path.write_bytes(content + b"\0")
    assert read_checkpoint(path, Outer) is None
    path.write_bytes(content)
    assert read_checkpoint(path, Outer) is not None


def test_files_of_others_give_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.checkpoint"
    assert read_checkpoint(path, Outer) is None
    path.mkdir()
    assert read_checkpoint(path, Outer) is None
    path.rmdir()
    for content in (b"", b"\x89HDF\r\n\x1a\n" + bytes(200), os.urandom(300)):
        path.write_bytes(content)
        assert read_checkpoint(path, Outer) is None
    write_checkpoint(path, Other(3))
    assert read_checkpoint(path, Outer) is None
    write_checkpoint(path, {"values": {"dtype": "no such type", "shape": [1], "data": b"1"}})
    assert read_checkpoint(path, Inner) is None
    write_checkpoint(path, {"values": 3})
    assert read_checkpoint(path, Inner) is None


def test_a_file_under_the_name_of_another_gives_nothing(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "one.checkpoint", VALUE)
    (tmp_path / "one.checkpoint").rename(tmp_path / "two.checkpoint")
    assert read_checkpoint(tmp_path / "two.checkpoint", Outer) is None
    # The folder may move.
    (tmp_path / "moved").mkdir()
    (tmp_path / "two.checkpoint").rename(tmp_path / "moved" / "one.checkpoint")
    assert read_checkpoint(tmp_path / "moved" / "one.checkpoint", Outer) is not None


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.checkpoint"
    write_checkpoint(path, VALUE)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ResourceError, match=r"disk of .* full"):
            write_checkpoint(path, Other(1))
    assert read_checkpoint(path, Outer) is not None
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ConfigError, match="expected a writable folder"):
        write_checkpoint(tmp_path / "missing" / "x.checkpoint", VALUE)
