"""Which drifts are searched, from what a user gives."""

from math import inf

import pytest

from fastpipe.config import AccelerationConfig, SearchConfig, override
from fastpipe.data.drift_range import DriftRange
from fastpipe.errors import ConfigError


@pytest.mark.parametrize(
    ("options", "drifts"),
    [
        ({}, None),
        ({"accel_max": 0.0}, None),
        ({"accel_max": 0.0, "zmax": 100.0}, None),
        ({"zmax": 0.0}, None),
        ({"jerk_max": 0.0, "wmax": 0.0}, None),
        ({"accel_max": 50.0}, DriftRange(50.0, 200.0)),
        ({"accel_max": 50.0, "jerk_max": 0.0}, DriftRange(50.0, 200.0)),
        ({"accel_max": 50.0, "jerk_max": 0.1, "wmax": 0.0}, DriftRange(50.0, 200.0)),
        ({"zmax": 80.0}, DriftRange(inf, 80.0)),
        ({"accel_max": 50.0, "zmax": 400.0}, DriftRange(50.0, 400.0)),
        ({"accel_max": 50.0, "jerk_max": 0.1}, DriftRange(50.0, 200.0, 0.1, 300.0)),
        ({"zmax": 100.0, "wmax": 60.0}, DriftRange(inf, 100.0, inf, 60.0)),
        ({"zmax": 100.0, "jerk_max": 0.1, "wmax": 60.0}, DriftRange(inf, 100.0, 0.1, 60.0)),
    ],
)
def test_drifts_that_are_searched(options: dict[str, float], drifts: DriftRange | None) -> None:
    assert AccelerationConfig(**options).drifts == drifts
    assert override(SearchConfig(), **options).acceleration.drifts == drifts


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"accel_max": -1.0}, "found accel_max = -1.0, expected a number from 0 on"),
        ({"accel_max": float("nan")}, "found accel_max = nan"),
        ({"zmax": 2001.0}, "expected 0 to 2000 bins"),
        ({"accel_max": 5.0, "wmax": -3.0}, "found wmax = -3.0"),
        ({"accel_nharm_max": 32}, "found accel_nharm_max = 32, expected one of 1, 2, 4, 8, 16"),
        ({"jerk_max": 0.1}, "found jerk_max = 0.1 alone, expected accel_max or zmax above 0 with it"),
        ({"accel_max": 0.0, "wmax": 10.0}, "found wmax = 10.0 alone, expected accel_max or zmax above 0 with it"),
    ],
)
def test_values_that_make_no_sense(options: dict[str, float], words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("(", r"\(")):
        AccelerationConfig(**options)
