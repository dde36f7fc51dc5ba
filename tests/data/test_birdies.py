"""Birdies as ranges of Fourier bins."""

from fastpipe.data.birdies import birdie_bins
from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table


def test_a_birdie_takes_at_least_its_nearest_bin_and_stays_in_the_spectrum() -> None:
    table = empty_table(BIRDIE_COLUMNS, 4)
    table["freq_hz"], table["width_hz"] = (0.01, 2.04, 9.9, 50.0), (0.1, 0.0, 1.0, 0.0)
    assert birdie_bins(table, 10.0, 101).tolist() == [[1, 2], [20, 21], [94, 101]]
    assert birdie_bins(empty_table(BIRDIE_COLUMNS), 10.0, 100).shape == (0, 2)
