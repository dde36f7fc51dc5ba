"""Positions as file headers write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.io.angles import degrees_of_packed, degrees_of_text, packed_of_degrees, position_or_none


@given(degrees=st.floats(-90, 90))
def test_packing_returns(degrees: float) -> None:
    assert degrees_of_packed(packed_of_degrees(degrees, 1.0), 1.0) == pytest.approx(degrees, abs=1e-10)


@given(degrees=st.floats(0, 360))
def test_packing_of_hours_returns(degrees: float) -> None:
    assert degrees_of_packed(packed_of_degrees(degrees, 15.0), 15.0) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "expected"), [("-00:00:36", -0.01), ("12:30", 12.5), ("+05:00:00.0", 5.0), (" -1", -1.0), ("07:07:12.0", 7.12)]
)
def test_text(text: str, expected: float) -> None:
    assert degrees_of_text(text, 1.0) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "unknown", "1:2:3:4", "12:nan:00"])
def test_text_that_is_no_angle(text: str) -> None:
    assert math.isnan(degrees_of_text(text, 1.0))


@pytest.mark.parametrize("position", [(0.0, 0.0), (math.nan, 1.0), (10.0, 91.0), (-1.0, 5.0), (360.0, 5.0)])
def test_no_position(position: tuple[float, float]) -> None:
    assert position_or_none(*position) == (None, None)


@pytest.mark.parametrize("packed", [math.nan, math.inf, -math.inf])
def test_packed_number_that_is_no_angle(packed: float) -> None:
    assert math.isnan(degrees_of_packed(packed, 1.0))
