"""Birdies as ranges of Fourier bins."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.data.birdies import birdie_bins, merge_ranges, no_birdies
from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=8))
def test_merged_ranges_hold_the_same_bins_and_do_not_touch(pairs: list[tuple[int, int]]) -> None:
    ranges = np.array([(start, start + length) for start, length in pairs], np.int64).reshape(-1, 2)
    merged = merge_ranges(ranges)
    expected = sorted({k for start, stop in ranges.tolist() for k in range(start, stop)})
    assert [k for start, stop in merged.tolist() for k in range(start, stop)] == expected
    assert np.all(merged[1:, 0] > merged[:-1, 1])


def test_a_birdie_takes_at_least_its_nearest_bin_and_stays_in_the_spectrum() -> None:
    table = empty_table(BIRDIE_COLUMNS, 4)
    table["freq_hz"], table["width_hz"] = (0.01, 2.04, 9.9, 50.0), (0.1, 0.0, 1.0, 0.0)
    assert birdie_bins(table, 10.0, 101).tolist() == [[1, 2], [20, 21], [94, 101]]
    assert birdie_bins(no_birdies().table, 10.0, 100).shape == (0, 2)
