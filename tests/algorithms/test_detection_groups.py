"""Detections of one signal are grouped as the definition says, and fast."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.detection_groups import group_detections, strongest_first
from fastpipe.data.tables import DETECTION_COLUMNS, Table, empty_table
from tests.references.detection_groups import group_by_definition

TOBS_S = 60.0


def crowded(seed: int, count: int, *, has_drift: bool) -> Table:
    """Detections so near one another that most belong to others, strongest first."""
    rng = np.random.default_rng(seed)
    table = empty_table(DETECTION_COLUMNS, count)
    table["freq_hz"] = 10.0 + rng.uniform(0, 200, count) / TOBS_S
    table["sigma"] = rng.uniform(5.0, 100.0, count)
    table["nharm"] = 2 ** rng.integers(0, 6, count)
    table["power"] = table["nharm"] + table["sigma"] ** 2 / 2
    if has_drift:
        table["z"] = rng.choice([0.0, 1.0], count) * rng.uniform(-60, 60, count)
        table["w"] = rng.choice([0.0, 1.0], count) * rng.uniform(-100, 100, count)
    return table[strongest_first(table)]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 80), has_drift=st.booleans())
def test_groups_are_those_of_the_definition(seed: int, count: int, has_drift: bool) -> None:
    table = crowded(seed, count, has_drift=has_drift)
    np.testing.assert_array_equal(group_detections(table, TOBS_S, 1.1), group_by_definition(table, TOBS_S, 1.1))


def test_leaders_lead_themselves() -> None:
    leader = group_detections(crowded(1, 2000, has_drift=True), TOBS_S, 1.1)
    assert np.all(leader <= np.arange(2000))
    np.testing.assert_array_equal(leader[leader], leader)
