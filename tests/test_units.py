"""Durations as people write them."""

import pytest

from fastpipe.errors import ConfigError
from fastpipe.units import format_bytes, format_seconds, parse_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("8h", 28800),
        ("30min", 1800),
        ("45m", 2700),
        ("90 s", 90),
        ("1h30m", 5400),
        (" 1 H 30 Min 5s ", 5405),
        ("1.5d", 129600),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["soon", "", "90", "0h", "-1h", "1.2.3h", "1h30", "8 hours", "nan s", "1e9s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ConfigError, match="expected a positive time with units; write it like 8h, 30min, 90s or 1h30m"):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.99949, "999 ms"), (0.9996, "1 s"), (59.94, "59.9 s"), (3599.9, "59 min 59 s")]
)
def test_seconds_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [(999, "999 B"), (1000, "1000 B"), (1023.9 * 2**20, "1 GiB"), (1010 * 2**30, "1010 GiB"), (2**41, "2 TiB")],
)
def test_bytes_for_people(nbytes: float, text: str) -> None:
    assert format_bytes(nbytes) == text
