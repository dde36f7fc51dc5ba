"""Results that could not be written, or would replace an input, are refused before the work starts."""

from pathlib import Path

import pytest

from fastpipe.errors import ConfigError
from fastpipe.io.output_file import check_output_file


def test_a_new_or_older_result_is_accepted(tmp_path: Path) -> None:
    check_output_file(tmp_path / "new.h5")
    (tmp_path / "old.h5").touch()
    check_output_file(tmp_path / "old.h5", [tmp_path / "input.fil"])


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    recording, link = tmp_path / "a.fil", tmp_path / "link.h5"
    recording.touch()
    link.symlink_to(recording)
    for output in (recording, link):
        with pytest.raises(ConfigError, match="as input and as output"):
            check_output_file(output, [recording])


def test_neither_file_of_a_series_is_replaced(tmp_path: Path) -> None:
    data, header = tmp_path / "a.dat", tmp_path / "a.inf"
    data.touch()
    header.touch()
    with pytest.raises(ConfigError, match="as input and as output"):
        check_output_file(data, [header])


def test_places_that_cannot_hold_a_result(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path, "found a folder"),
        (tmp_path / "no" / "x.h5", "found no folder"),
        (Path("/dev/null"), "no regular file"),
    ):
        with pytest.raises(ConfigError, match=message):
            check_output_file(path)
