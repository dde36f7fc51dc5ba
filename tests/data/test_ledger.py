"""Counts of fates, families of detections, and harmonics among candidates."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.data.ledger import (
    candidate_row,
    candidate_tobs_s,
    fate_counts,
    harmonic_notes,
    plain_row,
    rejected_detections,
    relatives,
    simple_ratio,
)
from fastpipe.data.tables import DETECTION_COLUMNS, Fate, empty_table
from fastpipe.errors import ConfigError
from tests.fake_catalogue import TOBS_S, fake_tables


@given(st.lists(st.sampled_from(Fate), max_size=30))
def test_counts_add_up(fates: list[Fate]) -> None:
    table = empty_table(DETECTION_COLUMNS, len(fates))
    table["fate"] = fates
    counts = fate_counts(table)
    assert sum(counts.values()) == len(fates)
    assert all(counts[fate] == fates.count(fate) for fate in Fate)


def test_relatives_follow_links_of_links() -> None:
    assert relatives(fake_tables().detections, 1)["det_id"].tolist() == [1, 2, 3, 4]
    assert relatives(fake_tables().detections, 2)["det_id"].tolist() == [5]
    assert relatives(fake_tables().detections, 99)["det_id"].tolist() == []


def test_rejected_and_kept_are_all() -> None:
    detections = fake_tables().detections
    rejected = rejected_detections(detections)
    assert len(rejected) + fate_counts(detections)[Fate.KEPT] == len(detections)
    assert (np.diff(rejected["sigma"]) <= 0).all()


@given(st.integers(1, 16), st.booleans(), st.floats(0.5, 700), st.floats(10, 1000))
def test_multiples_are_recognised(multiple: int, is_below: bool, freq_hz: float, tobs_s: float) -> None:
    ratio = Fraction(1, multiple) if is_below else Fraction(multiple)
    lower = min(float(ratio), 1.0)
    found = simple_ratio(freq_hz * float(ratio) + 0.3 * lower / tobs_s, freq_hz, tobs_s)
    # Where a Fourier bin is a large part of the frequency, a neighbouring fraction may fit as well.
    if freq_hz * lower * tobs_s > 500:
        assert found == ratio


def test_chance_is_no_harmonic() -> None:
    rng = np.random.default_rng(5)
    pairs = rng.uniform(1, 500, (2000, 2))
    assert sum(simple_ratio(first, second, 300.0) is not None for first, second in pairs.tolist()) < 20


def test_half_the_frequency_is_named() -> None:
    tables = fake_tables()
    tobs_s = candidate_tobs_s(tables.observations, tables.candidates)
    assert tobs_s.tolist() == [TOBS_S] * 3
    assert harmonic_notes(tables.candidates, tobs_s) == ["", "harmonic 1/2 of 1", ""]


def test_larger_fractions_need_the_same_dm() -> None:
    tables = fake_tables()
    candidates = tables.candidates.copy()
    candidates["freq_hz"][2] = candidates["freq_hz"][0] * 11 / 13
    tobs_s = candidate_tobs_s(tables.observations, candidates)
    assert harmonic_notes(candidates, tobs_s)[2] == ""
    candidates["dm"][2] = candidates["dm"][0] + 1.0
    assert harmonic_notes(candidates, tobs_s)[2] == "harmonic 11/13 of 1"
    candidates["dm_err"] = 0.0
    assert harmonic_notes(candidates, tobs_s)[2] == ""


def test_row_of_an_unknown_candidate() -> None:
    assert candidate_row(fake_tables().candidates, 2) == 1
    with pytest.raises(ConfigError, match="found no candidate 9, expected 1 to 3"):
        candidate_row(fake_tables().candidates, 9)
    with pytest.raises(ConfigError, match="the catalogue has no candidates"):
        candidate_row(fake_tables(is_empty=True).candidates, 1)


def test_plain_rows_have_plain_types() -> None:
    row = plain_row(fake_tables().observations[0])
    assert (row["source"], row["ra_deg"], row["nchans"]) == ("J0000+0000", None, 256)
