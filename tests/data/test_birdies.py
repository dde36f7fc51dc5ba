"""Birdies as ranges of Fourier bins, and in barycentric time."""

import numpy as np

from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.birdies import birdie_bins, to_barycentric
from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table


def test_a_birdie_takes_at_least_its_nearest_bin_and_stays_in_the_spectrum() -> None:
    table = empty_table(BIRDIE_COLUMNS, 4)
    table["freq_hz"], table["width_hz"] = (0.01, 2.04, 9.9, 50.0), (0.1, 0.0, 1.0, 0.0)
    assert birdie_bins(table, 10.0, 101).tolist() == [[1, 2], [20, 21], [94, 101]]
    assert birdie_bins(empty_table(BIRDIE_COLUMNS), 10.0, 100).shape == (0, 2)


def test_birdies_of_the_ground_drift_in_barycentric_time() -> None:
    birdies = empty_table(BIRDIE_COLUMNS, 2)
    birdies["birdie_id"], birdies["freq_hz"], birdies["width_hz"] = (1, 2), (50.0, 1000.0), (0.1, 0.0)
    nodes_s, slopes = np.arange(4) * 60.0, np.array([1.0002, 1.0001, 1.0])
    model = BarycentricModel(
        start_mjd_tdb=0.0,
        mid_mjd_tdb=0.0,
        topocentric_s=nodes_s,
        barycentric_s=np.concatenate([[0.0], 60.0 * np.cumsum(slopes)]),
    )
    moved = to_barycentric(birdies, model)
    low, high = (moved["freq_hz"] + sign * moved["width_hz"] / 2 for sign in (-1, 1))
    np.testing.assert_allclose(low, [49.95 / 1.0002, 1000 / 1.0002], rtol=1e-12)
    np.testing.assert_allclose(high, [50.05, 1000.0], rtol=1e-12)
    assert birdies["freq_hz"].tolist() == [50.0, 1000.0]
    assert moved["birdie_id"].tolist() == [1, 2]
