"""Every detection gets one fate, and no pulsar gets the wrong one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config

from benchmarks.sifting import CASES, sift_case
from fastpipe.algorithms.sifting import SiftingRules, sift
from fastpipe.data.harmonic_powers import HarmonicPowers
from fastpipe.data.ledger import fate_counts
from fastpipe.data.tables import DETECTION_COLUMNS, Fate, Table, empty_table
from fastpipe.dispersion import dm_delay_s

FAST_BAND = (1050.0, 1450.0)
DM_TRIALS = np.arange(0.0, 100.0, 0.5)


def make_detections(rows: list[tuple[float, float, float]], nharm: int = 8) -> Table:
    """Detections from rows of frequency in Hz, DM and sigma."""
    table = empty_table(DETECTION_COLUMNS, len(rows))
    for name, column in zip(("freq_hz", "dm", "sigma"), np.array(rows).T, strict=True):
        table[name] = column
    table["nharm"] = nharm
    table["power"] = nharm + table["sigma"] ** 2 / 2
    table["log10_fap"] = 6.0 - table["sigma"] ** 2 / 4.6
    return table


def dm_curve(freq_hz: float, dm: float, sigma: float, width_s: float, band: tuple[float, float]) -> list[Any]:
    """Detections of one pulsar in all trials where it is above 5 sigma."""
    smearing = dm_delay_s(DM_TRIALS - dm, *band) / width_s
    sigmas = sigma * (1 + smearing**2) ** -0.25
    return [(freq_hz, float(trial), float(s)) for trial, s in zip(DM_TRIALS, sigmas, strict=True) if s > 5]


def run(table: Table, **changes: Any) -> tuple[Table, Any]:
    arguments: dict[str, Any] = {"tobs_s": 60.0, "dm_trials": DM_TRIALS, "band_mhz": FAST_BAND, "rules": SiftingRules()}
    return sift(table, **(arguments | changes))


def fate_of(table: Table, freq_hz: float) -> Fate:
    """Fate of the strongest detection near a frequency."""
    return Fate(table["fate"][np.flatnonzero(np.abs(table["freq_hz"] - freq_hz) < 0.01)[0]])


def test_one_pulsar_is_one_candidate() -> None:
    table, kept = run(make_detections(dm_curve(3.7, 42.0, 40.0, 0.01, FAST_BAND)))
    assert table["dm"][kept].tolist() == [42.0]
    assert table["fate"][kept].tolist() == [Fate.KEPT]
    assert table["related_id"][kept].tolist() == [1]
    assert np.all(table["fate"][1:] == Fate.DUPLICATE)
    assert np.all(table["related_id"][1:] == table["det_id"][0])


@pytest.mark.parametrize("dm", [0.0, 0.5])
def test_narrow_pulses_from_the_ground_are_low_dm(dm: float) -> None:
    table, kept = run(make_detections(dm_curve(50.0, dm, 60.0, 0.0005, FAST_BAND)))
    assert fate_of(table, 50.0) == Fate.LOW_DM
    assert len(kept) == 0


def test_nearby_pulsar_lives() -> None:
    _, kept = run(make_detections(dm_curve(3.95, 3.0, 30.0, 0.005, FAST_BAND)))
    assert len(kept) == 1


def test_unresolved_dm_is_no_reason_to_reject() -> None:
    rows = [(1.3995, float(dm), 50.0 - 0.001 * dm) for dm in DM_TRIALS]
    _, kept = run(make_detections(rows), band_mhz=(606.0, 616.0))
    assert len(kept) == 1


def test_single_hit_is_rejected_only_where_neighbours_must_show_it() -> None:
    lone = make_detections([(1.0, 20.0, 30.0)])
    assert fate_of(run(lone)[0], 1.0) == Fate.FEW_DMS
    faint = make_detections([(1.0, 20.0, 6.5)])
    assert fate_of(run(faint)[0], 1.0) == Fate.KEPT
    coarse = np.array([0.0, 20.0, 400.0])
    fast = make_detections([(300.0, 20.0, 30.0)])
    assert fate_of(run(fast, dm_trials=coarse)[0], 300.0) == Fate.KEPT


def test_series_has_no_dm_rules() -> None:
    _, kept = run(make_detections([(1.0, 0.0, 30.0)]), dm_trials=np.array([0.0]), band_mhz=None)
    assert len(kept) == 1


def test_harmonic_faint_and_cap() -> None:
    rows = [
        (7.3, 10.0, 40.0),
        (7.3, 10.5, 39.0),
        (14.6, 10.0, 20.0),
        (9.11, 30.0, 9.0),
        (9.11, 30.5, 8.9),
        (5.123, 7.0, 5.1),
    ]
    table, kept = run(make_detections(rows), rules=SiftingRules(max_candidates=1))
    assert [fate_of(table, f) for f in (7.3, 14.6, 9.11, 5.123)] == [Fate.KEPT, Fate.HARMONIC, Fate.NOT_FOLDED, Fate.FAINT]
    assert table["related_id"][table["fate"] == Fate.HARMONIC].tolist() == [table["det_id"][0]]
    assert kept.tolist() == [0]


def test_wings_of_a_strong_line_are_duplicates() -> None:
    bins = np.arange(2.5, 12.5)
    wings = np.sqrt(2.0 * (5000.0 / (np.pi * bins) ** 2))
    rows = [(10.0, 20.0, 100.0), (10.0, 20.5, 99.0)]
    rows += [(10.0 + b / 60.0, 20.0, s) for b, s in zip(bins, wings, strict=True)]
    table, kept = run(make_detections(rows, nharm=1))
    assert kept.tolist() == [0]
    assert np.sum(table["fate"] == Fate.DUPLICATE) == len(rows) - 1


def drifting(rows: list[tuple[float, float, float, float]], nharm: int = 1) -> Table:
    """Detections at DM 20 from rows of frequency in Hz, z, w and sigma; sigmas are in the order of the rows."""
    table = make_detections([(freq_hz, 20.0, sigma) for freq_hz, _, _, sigma in rows], nharm)
    table["z"], table["w"] = (np.array(rows)[:, column] for column in (1, 2))
    return table


def test_templates_of_other_drifts_see_the_same_signal() -> None:
    rows = [(10.0, 40.0, 0.0, 60.0)]
    # Anywhere in the sweep of 20 bins to either side of one without drift, and less for nearer drifts.
    rows += [(10.0 + offset / 60.0, 0.0, 0.0, 12.0) for offset in (-19.0, -7.0, 0.0, 12.0, 20.5)]
    rows += [(10.0 + 4.0 / 60.0, 31.0, 0.0, 20.0), (10.0, 40.0, 120.0, 14.0), (10.0, 44.0, 0.0, 59.0)]
    table, kept = run(drifting(rows), band_mhz=None)
    assert kept.tolist() == [0]
    assert np.sum(table["fate"] == Fate.DUPLICATE) == len(rows) - 1


def test_another_pulsar_in_the_sweep_of_a_signal_lives() -> None:
    rows = [(10.0, 40.0, 0.0, 60.0), (10.0 + 12.0 / 60.0, 0.0, 0.0, 40.0), (10.0 + 30.0 / 60.0, 0.0, 0.0, 12.0)]
    _, kept = run(drifting(rows), band_mhz=None)
    assert kept.tolist() == [0, 1, 2]


def test_drifts_of_harmonics_have_their_ratio() -> None:
    rows = [(10.0, 40.0, 0.0, 60.0), (20.003, 80.5, 0.0, 30.0), (30.0, 0.0, 0.0, 40.0), (5.0, 19.5, 0.0, 20.0)]
    table, kept = run(drifting(rows, 4), band_mhz=None)
    assert [fate_of(table, f) for f in (20.0, 30.0, 5.0)] == [Fate.HARMONIC, Fate.KEPT, Fate.HARMONIC]
    assert len(kept) == 2


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ndetections=st.integers(0, 300), tobs_s=st.sampled_from([4.0, 60.0, 300.0]))
def test_fates_add_up_and_order_does_not_matter(seed: int, ndetections: int, tobs_s: float) -> None:
    rng = np.random.default_rng(seed)
    rows = np.stack(
        (rng.uniform(0.5, 200.0, ndetections), rng.choice(DM_TRIALS, ndetections), rng.uniform(5, 12, ndetections))
    )
    detections = make_detections([tuple(row) for row in rows.T] or [(1.0, 1.0, 6.0)])
    has_drift = rng.random(len(detections)) < rng.choice([0.0, 0.7])
    detections["z"] = np.where(has_drift, rng.uniform(-200, 200, len(detections)), 0.0)
    detections["w"] = np.where(has_drift & (rng.random(len(detections)) < 0.3), 50.0, 0.0)
    untouched = detections.copy()
    table, kept = run(detections, tobs_s=tobs_s, rules=SiftingRules(max_candidates=5))
    shuffled, _ = run(rng.permutation(detections), tobs_s=tobs_s, rules=SiftingRules(max_candidates=5))
    np.testing.assert_array_equal(table, shuffled)
    np.testing.assert_array_equal(detections, untouched)
    assert np.bincount(table["fate"], minlength=len(Fate)).sum() == len(detections)
    assert np.all(np.diff(table["sigma"]) <= 0)
    assert np.sum(table["fate"] == Fate.KEPT) == len(kept) <= 5
    pointing = np.isin(table["fate"], (Fate.DUPLICATE, Fate.HARMONIC))
    targets = table["related_id"][pointing] - 1
    assert np.all(targets >= 0)
    assert np.all(targets < np.flatnonzero(pointing))
    assert not np.any(np.isin(table["fate"][targets], (Fate.DUPLICATE,)))


def test_equally_strong_at_all_dms_is_from_the_ground() -> None:
    rng = np.random.default_rng(1)
    rows = [(350.0, float(dm), 9.0 + rng.normal(0.0, 0.3)) for dm in DM_TRIALS[(DM_TRIALS > 2.0) & (DM_TRIALS < 30.0)]]
    assert fate_of(run(make_detections(rows))[0], 350.0) == Fate.LOW_DM


def test_as_strong_near_zero_as_anywhere_is_from_the_ground() -> None:
    rows = [(200.0, 0.0, 11.6), (200.0, 0.5, 11.8), (200.0, 4.0, 12.0), (200.0, 4.5, 11.9)]
    assert fate_of(run(make_detections(rows))[0], 200.0) == Fate.LOW_DM


def test_pulsar_in_part_of_the_band_lives() -> None:
    """Its curve is four times as wide as that of a pulse in all of the band."""
    turns = 100.0 * dm_delay_s(DM_TRIALS - 50.0, *FAST_BAND)
    sigmas = 30.0 * np.abs(np.sinc(turns / 4.0))
    rows = [(100.0, float(dm), float(s)) for dm, s in zip(DM_TRIALS, sigmas, strict=True) if s > 5.0]
    table, kept = run(make_detections(rows, nharm=1))
    assert table["dm"][kept].tolist() == [50.0]


def test_hits_far_away_do_not_make_a_curve() -> None:
    rows = [(3.0, 20.0, 30.0), (3.0, 60.0, 5.5), (3.0, 80.0, 5.5)]
    assert fate_of(run(make_detections(rows))[0], 3.0) == Fate.FEW_DMS
    with_gap = [(3.0, 20.0, 30.0), (3.0, 21.0, 29.0)]
    assert fate_of(run(make_detections(with_gap))[0], 3.0) == Fate.KEPT


def test_measured_harmonics_say_what_a_neighbour_shows() -> None:
    """All its power is in the fundamental, so the next trial must show it although the eighth harmonic would be lost."""
    table = make_detections([(150.0, 20.0, 12.0)])
    assert fate_of(run(table)[0], 150.0) == Fate.KEPT
    powers = np.ones((1, 32), np.float32)
    powers[0, 0] = 73.0
    measured = HarmonicPowers(np.array([0]), powers)
    assert fate_of(run(table, harmonics=measured)[0], 150.0) == Fate.FEW_DMS


def test_peaks_of_a_broad_line_are_one_signal_and_a_pulsar_beside_it_another() -> None:
    rng = np.random.default_rng(2)
    lines = 350.0 + np.cumsum(rng.uniform(3.0, 12.0, 20)) / 60.0
    rows = [(freq, float(dm), 9.0 + rng.random()) for freq in lines for dm in (3.0, 3.5, 4.0)]
    rows += [(350.5 + 0.02, dm, 8.0) for dm in (70.0, 70.5)]
    table, kept = run(make_detections(rows))
    assert sorted(table["dm"][kept] > 50.0) == [False, True]
    pointing = table["related_id"][table["fate"] == Fate.DUPLICATE] - 1
    assert np.all(table["fate"][pointing] == Fate.KEPT)


@pytest.mark.skipif(config.DISABLE_JIT, reason="takes minutes without the compiler")
@pytest.mark.parametrize("name", CASES)
def test_many_detections_sift_fast_and_add_up(name: str) -> None:
    table, seconds = sift_case(name, 20_000)
    assert sum(fate_counts(table).values()) == len(table) == 20_000
    # Ten seconds for a million, with a margin for a busy machine.
    assert seconds < 2.0
