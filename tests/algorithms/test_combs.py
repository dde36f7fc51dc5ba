"""Windows of combs: wide before a line is found, close after it."""

import numpy as np

from fastpipe.algorithms.combs import close_windows, comb_windows, peaks_in
from fastpipe.data.birdies import Comb

MAINS = Comb(50.0, None, 1e-3, "mains")
DIODE = Comb(0.5, 3, 1e-4, "diode")
DURATION_S = 100.0
NROWS = 2 * 50_000
TELLING, BLIND = 1.0, 0.0


def test_windows_hold_the_harmonics_below_nyquist() -> None:
    windows = comb_windows((MAINS, DIODE), NROWS, DURATION_S, TELLING)
    mains = windows[windows["comb"] == 0]
    assert mains["harmonic"].tolist() == list(range(1, 10))
    assert mains[1].tolist() == (0, 2, 19_980, 20_021)
    # Half a Fourier bin each, two to either side at least.
    assert windows[windows["comb"] == 1].tolist() == [(1, 1, 98, 103), (1, 2, 198, 203), (1, 3, 298, 303)]
    assert windows["stop"].max() < NROWS


def test_where_no_dm_tells_only_what_is_well_known_is_looked_at() -> None:
    assert comb_windows((MAINS,), 10 * NROWS, DURATION_S, TELLING)["harmonic"].max() == 99
    assert comb_windows((MAINS,), 10 * NROWS, DURATION_S, BLIND)["harmonic"].max() == 10


def test_close_windows_follow_the_lines_found() -> None:
    wide = comb_windows((MAINS, DIODE), NROWS, DURATION_S, TELLING)
    rows = np.array([10_004, 30_012], np.int64)
    close = close_windows((MAINS, DIODE), (wide[[0, 2]], rows, np.array([50.0, 90.0])), NROWS, DURATION_S, TELLING)
    assert set(close["comb"]) == {0}
    assert close["harmonic"].tolist() == list(range(1, 10))
    middles = (close["first"] + close["stop"] - 1) / 2
    np.testing.assert_allclose(middles, 10_004 * close["harmonic"], atol=1.0)
    assert np.all(close["stop"] - close["first"] <= 5)


def test_where_no_dm_tells_one_higher_harmonic_is_no_comb() -> None:
    wide = comb_windows((MAINS,), NROWS, DURATION_S, BLIND)

    def nclose(*harmonics: int) -> int:
        lines = wide[np.array(harmonics) - 1]
        rows = 10_000 * lines["harmonic"].astype(np.int64)
        return len(close_windows((MAINS,), (lines, rows, np.full(len(rows), 50.0)), NROWS, DURATION_S, BLIND))

    assert nclose(1) == nclose(2, 4, 6) == 9
    assert nclose(2) == nclose(2, 4) == nclose(3, 3, 5) == 0


def test_peaks_are_rows_no_lower_than_their_neighbours() -> None:
    powers = np.ones(NROWS, np.float32)
    windows = comb_windows((DIODE,), NROWS, DURATION_S, TELLING)
    powers[[197, 200, 201, 298, 302, 303]] = 900.0, 700.0, 600.0, 50.0, 800.0, 900.0
    numbers, rows = peaks_in(windows, powers, np.array([2.0, 2.0, 100.0]))
    # 197 lies outside, 201 and 302 beside something higher, and 298 is below the threshold of its window.
    assert list(zip(numbers, rows, strict=True)) == [(1, 200)]
    numbers, rows = peaks_in(windows[:0], powers, np.empty(0))
    assert len(numbers) == len(rows) == 0
