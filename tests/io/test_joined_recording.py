"""Consecutive files as one stream: any split, any chunk, gaps filled, overlaps refused."""

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.data.recording import Chunk, Recording
from fastpipe.errors import ConfigError, HeaderError
from fastpipe.io.joined_recording import JoinedRecording
from fastpipe.io.recordings import log_oddities, open_recording
from fastpipe.io.sigproc import write_filterbank
from tests.io.filterbanks import as_read, make_header, make_samples, write_file
from tests.pipeline.recordings import MemoryRecording

TSAMP = 1e-3
DAY_S = 86_400.0


def write_parts(folder: Path, samples: NDArray[Any], cuts: list[int], **changes: Any) -> list[Path]:
    """Write spectra into consecutive files that end at the given samples."""
    paths = []
    for number, (start, stop) in enumerate(pairwise([0, *cuts, len(samples)])):
        paths.append(folder / f"{number}.fil")
        header = make_header(nsamples=stop - start, tstart=60000.0 + start * TSAMP / DAY_S, **changes)
        write_filterbank(paths[-1], header, [samples[start:stop]])
    return paths


def read_in_chunks(recording: Recording, chunk_samples: int) -> NDArray[Any]:
    nsamples = recording.header.nsamples
    starts = range(0, nsamples, chunk_samples)
    return np.concatenate([recording.read(start, min(start + chunk_samples, nsamples)) for start in starts])


@given(
    nbits=st.sampled_from([1, 2, 4, 8, 16, 32]),
    nifs=st.integers(1, 2),
    foff=st.sampled_from([-1.0, 1.0]),
    cuts=st.sets(st.integers(1, 39), max_size=4).map(sorted),
    chunk_samples=st.integers(1, 45),
    order=st.randoms(use_true_random=False),
)
def test_any_split_and_chunk_give_the_same_samples(
    nbits: int, nifs: int, foff: float, cuts: list[int], chunk_samples: int, order: Any
) -> None:
    changes = {"nbits": nbits, "nifs": nifs, "foff": foff}
    samples = make_samples(make_header(nsamples=40, **changes))
    with tempfile.TemporaryDirectory() as folder:
        paths = write_parts(Path(folder), samples, cuts, **changes)
        shuffled = order.sample(paths, len(paths))
        recording = open_recording(shuffled)
        assert recording.paths == tuple(paths)
        assert (recording.header.nsamples, recording.gaps) == (40, ())
        np.testing.assert_array_equal(read_in_chunks(recording, chunk_samples), as_read(samples))


def test_every_range(tmp_path: Path) -> None:
    samples = make_samples(make_header(nsamples=24))
    recording = open_recording(write_parts(tmp_path, samples, [11, 12]))
    for start in range(25):
        for stop in range(start, 25):
            np.testing.assert_array_equal(recording.read(start, stop), samples[start:stop])
    with pytest.raises(ConfigError, match="found the range 3 to 25"):
        recording.read(3, 25)


@given(
    nbits=st.sampled_from([2, 8, 16, 32]),
    lengths=st.lists(st.integers(1, 300), min_size=2, max_size=4),
    missing=st.lists(st.integers(0, 40), min_size=3, max_size=3),
    chunk_samples=st.integers(1, 200),
)
def test_gaps_are_filled_with_the_level_before(
    nbits: int, lengths: list[int], missing: list[int], chunk_samples: int
) -> None:
    expected: list[NDArray[Any]] = []
    gaps, paths, position = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        for number, length in enumerate(lengths):
            skipped = missing[number - 1] if number else 0
            if skipped:
                level = expected[-1][-256:].mean(axis=0, dtype=np.float64)
                dtype = expected[-1].dtype
                expected.append(np.tile((np.floor(level + 0.5) if nbits <= 8 else level).astype(dtype), (skipped, 1)))
                gaps.append(Chunk(position, position + skipped))
                position += skipped
            paths.append(Path(folder, f"{number}.fil"))
            tstart = 60000.0 + position * TSAMP / DAY_S
            samples = write_file(paths[-1], number, nbits=nbits, nsamples=length, tstart=tstart)
            expected.append(samples if nbits <= 8 else samples.astype(np.float32))
            position += length
        recording = open_recording(paths)
        assert recording.gaps == tuple(gaps)
        assert len(recording.oddities) == len(gaps)
        np.testing.assert_array_equal(read_in_chunks(recording, chunk_samples), np.concatenate(expected))


def test_gap_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_file(tmp_path / "a.fil")
    write_file(tmp_path / "b.fil", tstart=60000.0 + 60 * TSAMP / DAY_S)
    recording = open_recording([tmp_path / "a.fil", tmp_path / "b.fil"])
    sentence = "Between a.fil and b.fil 0.01 s are missing: 10 samples are filled with the mean of each channel."
    assert recording.oddities == (sentence,)
    assert not caplog.text
    log_oddities(recording)
    assert sentence in caplog.text


def test_dates_off_by_less_than_half_a_sample_are_no_gap(tmp_path: Path) -> None:
    write_file(tmp_path / "a.fil")
    write_file(tmp_path / "b.fil", tstart=60000.0 + 50.4 * TSAMP / DAY_S)
    assert open_recording([tmp_path / "a.fil", tmp_path / "b.fil"]).gaps == ()


@pytest.mark.parametrize(
    ("shift_samples", "message"),
    [(10_100, "found a gap of 10.1 s between"), (-1, "found an overlap of 0.001 s between")],
)
def test_long_gaps_and_overlaps_are_refused(tmp_path: Path, shift_samples: float, message: str) -> None:
    write_file(tmp_path / "a.fil")
    write_file(tmp_path / "b.fil", tstart=60000.0 + (50 + shift_samples) * TSAMP / DAY_S)
    with pytest.raises(HeaderError, match=message):
        open_recording([tmp_path / "a.fil", tmp_path / "b.fil"])


def test_files_of_different_kind_are_refused(tmp_path: Path) -> None:
    write_file(tmp_path / "a.fil")
    write_file(tmp_path / "b.fil", nchans=8, tstart=60000.0 + 50e-3 / DAY_S)
    with pytest.raises(HeaderError, match="found nchans = 16 and 8"):
        open_recording([tmp_path / "a.fil", tmp_path / "b.fil"])


def test_signed_and_unsigned_files_are_refused() -> None:
    parts = [
        MemoryRecording(
            make_header(tstart=60000.0 + number * 0.05 / DAY_S, extra=extra), np.zeros((50, 16), np.uint8), (Path("x"),)
        )
        for number, extra in enumerate([{"signed": "1"}, {"signed": "-1"}, {}])
    ]
    assert JoinedRecording(parts[1:]).header.nsamples == 100
    with pytest.raises(HeaderError, match="found signed = True and False in x and x, expected files of one observation"):
        JoinedRecording(parts[:2])


def test_gaps_and_oddities_of_the_parts_are_kept() -> None:
    first, second = (
        MemoryRecording(header, make_samples(header), (Path(name),), (Chunk(2, 5),), ("The dish leaks.",))
        for name, header in (
            ("a", make_header()),
            ("b", make_header(tstart=60000.0 + 53 * TSAMP / DAY_S)),
        )
    )
    joined = JoinedRecording([second, first])
    assert joined.gaps == (Chunk(2, 5), Chunk(50, 53), Chunk(55, 58))
    assert joined.oddities[0] == "The dish leaks."
    assert len(joined.oddities) == 2
