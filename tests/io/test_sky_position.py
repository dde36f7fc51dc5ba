"""Positions as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.errors import ConfigError
from fastpipe.io.sky_position import parse_position
from fastpipe.units import format_angle


@pytest.mark.parametrize(
    "text", ["05:34:31.97 +22:00:52.1", " 05:34:31.97,22:00:52.1 ", "5:34:31.97,  22:0:52.1", "83.6332083 22.0144722"]
)
def test_forms_of_a_position(text: str) -> None:
    assert parse_position(text) == (pytest.approx(83.6332083), pytest.approx(22.0144722))


def test_a_sign_belongs_to_the_whole_angle() -> None:
    assert parse_position("00:00:00 -00:30:00") == (0.0, -0.5)


@given(ra_deg=st.floats(0, 359.99), dec_deg=st.floats(-90, 90))
def test_what_is_written_is_read(ra_deg: float, dec_deg: float) -> None:
    written = f"{format_angle(ra_deg, 15.0, 6)} {format_angle(dec_deg, 1.0, 6)}"
    assert parse_position(written) == (pytest.approx(ra_deg, abs=1e-8), pytest.approx(dec_deg, abs=1e-8))


@pytest.mark.parametrize(
    "text",
    [
        *("", "83.6", "83.6 22.0 1.0", "05:34:31 22.0", "24:00:00 22:00:00", "05:60:00 22:00:00", "05:34:61 22:00:00"),
        *("-05:34:31 22:00:00", "05:34:31 91:00:00", "05:34:31 -90:00:01", "nan nan", "360 0", "1e400 0", "a:b c:d"),
        *("05:34:31:01 22:00:00", "5h34m 22d"),
    ],
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected right ascension from 0 to 24 h and declination from -90 to 90 deg"):
        parse_position(text)
