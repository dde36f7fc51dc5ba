"""Harmonic sums and their peaks against the definition, in one stretch and in many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.constants import LANES
from fastpipe_kernels.harmonic_sum import PEAK_WINDOW_ROWS, harmonic_peaks
from tests.references import spectral_search as reference

_RECORD = np.dtype([("row", "i8"), ("level", "i4"), ("lane", "i4"), ("power", "f4")])


def _search(
    powers: np.ndarray, limits: np.ndarray, thresholds: list[float], span_rows: int
) -> set[tuple[int, int, int, float]]:
    nlevels = len(thresholds)
    open_peaks = np.zeros((nlevels, LANES), _RECORD)
    open_peaks["level"], open_peaks["lane"] = np.arange(nlevels)[:, None], np.arange(LANES)
    found = np.empty(LANES * nlevels * (span_rows // (PEAK_WINDOW_ROWS + 1) + 2), _RECORD)
    records = []
    for start in range(0, len(powers), span_rows):
        span = np.array([start, min(start + span_rows, len(powers))])
        nfound = harmonic_peaks(powers, span, limits, np.array(thresholds, np.float32), open_peaks, found)
        assert nfound <= found.size
        records += found[:nfound].tolist()
    records += open_peaks[open_peaks["power"] > 0].tolist()
    assert len(set(records)) == len(records)
    return set(records)


# Powers are whole numbers, so that sums are exact in any order.
@settings(max_examples=40)
@given(
    nrows=st.integers(1, 150),
    nlevels=st.integers(1, 6),
    threshold=st.floats(0.5, 6.0),
    span_rows=st.integers(1, 80),
    seed=st.integers(0, 2**31),
)
def test_peaks_equal_reference(nrows: int, nlevels: int, threshold: float, span_rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    powers = rng.poisson(1.0, (nrows, LANES)).astype(np.float32)
    limits = np.sort(rng.integers(0, nrows + 1, (nlevels, 2)), axis=1)
    thresholds = [threshold * 2**level for level in range(nlevels)]
    expected = set()
    for lane in range(LANES):
        sums = reference.harmonic_sums(powers[:, lane].astype(np.float64), nlevels)
        for level in range(nlevels):
            first, stop = limits[level]
            peaks = reference.peaks(sums[level], first, stop, thresholds[level], PEAK_WINDOW_ROWS)
            expected |= {(row, level, lane, power) for row, power in peaks}
    assert _search(powers, limits, thresholds, span_rows) == expected


@pytest.mark.parametrize("span_rows", [1, 7, 100])
def test_buffer_holds_the_most_peaks_there_can_be(span_rows: int) -> None:
    powers = np.zeros((100, LANES), np.float32)
    powers[:: PEAK_WINDOW_ROWS + 1] = 5.0
    records = _search(powers, np.array([[0, 100]]), [1.0], span_rows)
    assert len(records) == LANES * 15


def test_last_row_counts_and_zero_lanes_are_silent() -> None:
    powers = np.zeros((64, LANES), np.float32)
    powers[63, 4] = 9.0
    assert _search(powers, np.array([[0, 64]]), [1.0], 10) == {(63, 0, 4, 9.0)}


def test_no_rows_no_peaks() -> None:
    assert _search(np.zeros((1, LANES), np.float32), np.array([[0, 0]]), [0.5], 5) == set()
