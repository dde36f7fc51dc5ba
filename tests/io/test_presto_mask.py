"""Masks of PRESTO's rfifind: the same bytes after reading and writing, and sentences for damaged files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.errors import ConfigError, FileFormatError
from fastpipe.io.presto_mask import PrestoMask, of_rfi_mask, read_presto_mask, to_rfi_mask, write_presto_mask

NCHANS = 4
HEADER = Header(nchans=NCHANS, nsamples=50, tsamp=0.5, fch1=1400.0, foff=-1.0, nbits=8, tstart=59000.0)
ASCENDING = Header(nchans=NCHANS, nsamples=50, tsamp=0.5, fch1=1397.0, foff=1.0, nbits=8, tstart=59000.0)


def numbers(limit: int) -> st.SearchStrategy[NDArray[np.int32]]:
    return st.lists(st.integers(0, limit - 1), unique=True).map(lambda chosen: np.array(sorted(chosen), np.int32))


@st.composite
def presto_masks(draw: st.DrawFn) -> PrestoMask:
    intervals = tuple(draw(st.lists(numbers(NCHANS), min_size=1, max_size=6)))
    return PrestoMask(
        *draw(st.tuples(*[st.floats(0.1, 1e5)] * 6)),
        NCHANS,
        draw(st.integers(1, 100)),
        draw(numbers(NCHANS)),
        draw(numbers(len(intervals))),
        intervals,
        any(len(channels) == NCHANS for channels in intervals) and draw(st.booleans()),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("masks")


@given(mask=presto_masks())
def test_reading_and_writing_keep_the_bytes(mask: PrestoMask, folder: Path) -> None:
    path, copy = folder / "a.mask", folder / "b.mask"
    path.write_bytes(mask.to_bytes())
    found = read_presto_mask(path)
    write_presto_mask(copy, found)
    assert copy.read_bytes() == path.read_bytes()
    for ours, theirs in zip(found.channels_of_intervals, mask.channels_of_intervals, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(arrays(np.uint16, (5, NCHANS), elements=st.sampled_from([0, 0, 2, 8, 256, 512, 24])), st.booleans())
def test_presto_masks_what_fastpipe_does(reasons: NDArray[np.uint16], is_ascending: bool) -> None:
    header = ASCENDING if is_ascending else HEADER
    mask = RFIMask(reasons, 10, 50)
    presto = of_rfi_mask(mask, header)
    np.testing.assert_array_equal(to_rfi_mask(presto, header).mask, mask.mask)
    # What is bad as PRESTO counts it: from the lowest frequency up.
    upward = mask.mask if is_ascending else mask.mask[:, ::-1]
    np.testing.assert_array_equal(presto.bad_channels, np.flatnonzero(upward.all(axis=0)))
    np.testing.assert_array_equal(presto.bad_intervals, np.flatnonzero(upward.all(axis=1)))
    assert (presto.low_mhz, presto.channel_mhz, presto.interval_s) == (1397.0, 1.0, 5.0)


def test_layout() -> None:
    reasons = np.zeros((3, NCHANS), np.uint16)
    reasons[:, 0] = Reason.CHANNEL  # 1400 MHz: channel 3 of PRESTO
    reasons[1] |= np.uint16(Reason.INTERVAL)
    reasons[2, 2] = Reason.LEVEL  # 1398 MHz: channel 1 of PRESTO
    content = of_rfi_mask(RFIMask(reasons, 20, 50), HEADER).to_bytes()
    np.testing.assert_array_equal(np.frombuffer(content[:48]), [10.0, 4.0, 59000.0, 10.0, 1397.0, 1.0])
    expected = [NCHANS, 3, 20, 1, 3, 1, 1, 0, 0, 1, 1]
    assert np.frombuffer(content[48:], np.int32).tolist() == expected


def test_reasons_say_which_list_a_channel_was_in() -> None:
    presto = PrestoMask(
        10,
        4,
        59000,
        10,
        1397,
        1,
        NCHANS,
        20,
        *(np.array([n], np.int32) for n in (3, 1)),
        (np.array([], np.int32), np.array([], np.int32), np.array([1, 3], np.int32)),
    )
    mask = to_rfi_mask(presto, HEADER)
    channel, interval, given_ = int(Reason.CHANNEL), int(Reason.INTERVAL), int(Reason.GIVEN)
    assert mask.reasons.tolist() == [
        [channel, 0, 0, 0],
        [channel | interval, interval, interval, interval],
        [channel | given_, 0, given_, 0],
    ]
    assert of_rfi_mask(mask, HEADER).to_bytes() == presto.to_bytes()


def test_mask_of_a_shorter_recording() -> None:
    presto = PrestoMask(
        10,
        4,
        59000,
        5,
        1397,
        1,
        NCHANS,
        10,
        np.array([0], np.int32),
        np.array([1], np.int32),
        tuple(np.array([], np.int32) for _ in range(2)),
    )
    mask = to_rfi_mask(presto, HEADER)
    assert mask.nsamples == 50
    np.testing.assert_array_equal(mask.mask[:, 3], True)
    np.testing.assert_array_equal(mask.mask[:, 0], [False, True, False, False, False])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:40], r"found 40 bytes in .*a\.mask, expected 60 bytes"),
        (lambda data: data[:-1], r"expected 60 bytes and whole 4-byte numbers after them in a mask of rfifind; give"),
        (lambda data: data[:-4], r"found 0 bytes of channel lists in .*, expected 4"),
        (lambda data: data + b"\0\0\0\0", r"found 8 bytes of channel lists in .*, expected 4"),
        (lambda data: data[:76], r"found 0 bytes at the end in .*, expected lists of 12 bytes"),
        (lambda data: data[:48] + b"\0\0\0\0" + data[52:], r"found 0 channels, 3 intervals of 20 samples"),
        (lambda data: data[:24] + b"\0" * 8 + data[32:], r"found intervals of 0.0 s"),
        (lambda data: data[:60] + b"\5\0\0\0" + data[64:], r"found a list of 5 channels in .*, expected at most 4"),
        (lambda data: data[:64] + b"\4\0\0\0" + data[68:], r"found channels 4 to 4 in a list in .*, expected 0 to 3"),
        (lambda data: data[:76] + b"\xff" * 4 + data[80:], r"found intervals of -1 to 1 bad channels"),
        (lambda data: data[:-4] + b"\x09\0\0\0", r"found channels 9 to 9 in a list in .*, expected 0 to 3"),
    ],
)  # fmt: skip
def test_damaged_files(change: object, message: str, folder: Path) -> None:
    assert callable(change)
    presto = PrestoMask(
        10,
        4,
        59000,
        10,
        1397,
        1,
        NCHANS,
        20,
        *(np.array([n], np.int32) for n in (3, 1)),
        (np.array([], np.int32), np.array([], np.int32), np.array([1], np.int32)),
    )
    path = folder / "a.mask"
    path.write_bytes(change(presto.to_bytes()))
    with pytest.raises(FileFormatError, match=message):
        read_presto_mask(path)


@pytest.mark.parametrize("change", [{"fch1": 1401.0}, {"foff": -1.1}, {"nchans": 3, "fch1": 1399.0}])
def test_mask_of_another_band(change: dict[str, float]) -> None:
    fields = {"nchans": NCHANS, "nsamples": 50, "tsamp": 0.5, "fch1": 1400.0, "foff": -1.0, "nbits": 8} | change
    presto = of_rfi_mask(RFIMask(np.zeros((5, NCHANS), np.uint16), 10, 50), HEADER)
    with pytest.raises(ConfigError, match=r"found a mask of 4 channels of 1 MHz from 1397 MHz up, expected .* of this band"):
        to_rfi_mask(presto, Header(**fields))  # type: ignore[arg-type]


@pytest.mark.real_data
def test_real_mask_survives_identically(test_data: Path, tmp_path: Path) -> None:
    path = test_data / "presto" / "rs_rfifind.mask"
    presto = read_presto_mask(path)
    assert (presto.time_sigma, presto.freq_sigma, presto.nchans, presto.interval_samples) == (10, 4, 512, 19200)
    write_presto_mask(tmp_path / "copy.mask", presto)
    assert (tmp_path / "copy.mask").read_bytes() == path.read_bytes()
    # The values of rs_rfifind.inf beside it.
    header = Header(nchans=512, nsamples=1048576, tsamp=4.9152e-05, fch1=1050.390625, foff=0.78125, nbits=8, tstart=59000.0)
    mask = to_rfi_mask(presto, header)
    assert np.argwhere(mask.mask).tolist() == [[34, 164]]
    assert of_rfi_mask(mask, header).to_bytes() == path.read_bytes()
