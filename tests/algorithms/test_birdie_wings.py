"""What birdies leave behind is theirs, and what merely lies near them is not."""

import numpy as np
import pytest

from fastpipe.algorithms.birdie_wings import find_explained
from fastpipe.algorithms.sifting import SiftingRules, sift
from fastpipe.data.tables import BIRDIE_COLUMNS, DETECTION_COLUMNS, Fate, Table, empty_table

TOBS_S = 100.0
BAND = (1050.0, 1450.0)


def _birdies(power: float = 1e5) -> Table:
    table = empty_table(BIRDIE_COLUMNS, 2)
    table["birdie_id"] = (1, 2)
    table["freq_hz"] = (50.0, 80.0)
    table["power_dm0"] = (power, np.nan)
    table["width_hz"] = (2 * np.sqrt(power / 4) / np.pi / TOBS_S, 0.5)
    return table


def _detections(rows: list[tuple[float, float, int, float, int]]) -> Table:
    """Detections of frequency in Hz, DM, harmonics, power and zapped harmonics."""
    table = empty_table(DETECTION_COLUMNS, len(rows))
    for name, column in zip(("freq_hz", "dm", "nharm", "power", "nzapped"), zip(*rows, strict=True), strict=True):
        table[name] = column
    table["sigma"] = np.sqrt(2 * table["power"])
    table["log10_fap"] = -20.0
    return table


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((50.6, 0.0, 1, 10.0, 0), 1),  # 9.7 bins beyond the end of the range: wings of up to 28
        ((50.6, 0.0, 1, 200.0, 0), 0),  # much stronger than a wing
        ((50.6, 300.0, 1, 15.0, 0), 0),  # a DM at which mains are smeared 27 times over
        ((50.0, 0.0, 1, 30.0, 1), 1),  # the noise that was put there
        ((12.65, 0.0, 4, 14.0, 0), 1),  # its fourth harmonic is in the wings
        ((25.0, 10.0, 4, 400.0, 2), 0),  # half of the harmonics are zapped, the others are real
        ((25.0, 10.0, 4, 400.0, 3), 1),
        ((80.3, 0.0, 1, 30.0, 0), 0),  # a listed birdie has no known wings
        ((80.0, 0.0, 1, 30.0, 1), 2),
        ((5.0, 0.0, 1, 30.0, 0), 0),
    ],
)
def test_wings_and_zapped_sums_are_explained(row: tuple[float, float, int, float, int], expected: int) -> None:
    assert find_explained(_detections([row]), _birdies(), TOBS_S, BAND).tolist() == [expected]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((50.1, 0.4, 8, 46.0, 1), 1),  # the fundamental is zapped
        ((12.5, 0.4, 8, 46.0, 2), 1),  # a quarter of the harmonics is
        ((10.0, 0.4, 8, 46.0, 1), 0),
        ((350.05, 0.4, 4, 46.0, 0), 1),  # a harmonic of the comb that was not found
        ((370.0, 0.4, 4, 46.0, 0), 0),
    ],
)
def test_near_dm_zero_a_comb_explains_its_harmonics(row: tuple[float, float, int, float, int], expected: int) -> None:
    birdies = _birdies()
    birdies["source"], birdies["harmonic"] = (b"mains", b"found"), (1, 0)
    birdies["width_hz"] = (0.6, 0.5)
    detections = _detections([row, (row[0], 1.5, *row[2:])])
    assert find_explained(detections, birdies, TOBS_S, BAND).tolist() == [expected, 0]
    assert find_explained(detections, birdies, TOBS_S, None).tolist() == [0, 0]


def test_near_dm_zero_harmonics_of_a_birdie_are_birdies_too() -> None:
    # The third is 2/15 of the mains: nothing of it is zapped, but the first, which is, has its fifteenth harmonic.
    detections = _detections([(100.02, 0.4, 4, 60.0, 1), (37.7, 0.4, 4, 55.0, 0), (6.668, 0.4, 32, 77.0, 0)])
    detections["sigma"] = (9.0, 8.0, 7.0)
    birdies = _birdies()
    birdies["freq_hz"][0] = 100.0
    options = {"tobs_s": TOBS_S, "dm_trials": np.arange(0, 100, 0.5), "band_mhz": BAND}
    table, _ = sift(detections, **options, rules=SiftingRules(), birdies=birdies)
    assert (table["fate"] == Fate.BIRDIE).tolist() == [True, False, True]
    assert table["related_id"][2] == 1
    # At the DM of a pulsar the same numbers are a signal of their own.
    detections["dm"][2] = 40.0
    table, _ = sift(detections, **options, rules=SiftingRules(), birdies=birdies)
    assert (table["fate"] == Fate.BIRDIE).tolist() == [True, False, False]


def test_without_birdies_nothing_is_explained() -> None:
    detections = _detections([(50.6, 0.0, 1, 10.0, 0)])
    assert find_explained(detections, empty_table(BIRDIE_COLUMNS), TOBS_S, BAND).tolist() == [0]
    assert find_explained(detections[:0], _birdies(), TOBS_S, None).tolist() == []


def test_sifting_says_of_which_birdie_a_detection_is() -> None:
    detections = _detections([(50.6, 0.0, 1, 10.0, 0), (3.7, 40.0, 8, 400.0, 0), (3.7, 40.5, 8, 390.0, 0)])
    table, kept = sift(
        detections, tobs_s=TOBS_S, dm_trials=np.arange(0, 100, 0.5), band_mhz=BAND, rules=SiftingRules(), birdies=_birdies()
    )
    assert table["freq_hz"][kept].tolist() == [3.7]
    wing = table[table["freq_hz"] == 50.6][0]
    assert (wing["fate"], wing["related_id"]) == (Fate.BIRDIE, 1)
