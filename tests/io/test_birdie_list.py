"""Lists of birdies as people and other programs write them."""

from pathlib import Path

import pytest

from fastpipe.data.birdies import ListedBirdie
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.io.birdie_list import read_birdie_list


def _read(tmp_path: Path, text: str) -> tuple[ListedBirdie, ...]:
    path = tmp_path / "birdies.txt"
    path.write_text(text, "utf-8")
    return read_birdie_list(path)


def test_all_forms_are_read(tmp_path: Path) -> None:
    text = """# Freq Width #harm grow? bary?
50.0 0.1 40          # mains
12.5 0.02
1.4 0.001 8 bary
  30 0.5 3 1 0
7 0.5 2 0 1
B 0.7 0.002
9 0.1 2 grow

"""
    expected = (
        ListedBirdie(freq_hz=50.0, width_hz=0.1, nharm=40),
        ListedBirdie(freq_hz=12.5, width_hz=0.02),
        ListedBirdie(freq_hz=1.4, width_hz=0.001, nharm=8, is_barycentric=True),
        ListedBirdie(freq_hz=30.0, width_hz=0.5, nharm=3, is_growing=True),
        ListedBirdie(freq_hz=7.0, width_hz=0.5, nharm=2, is_barycentric=True),
        ListedBirdie(freq_hz=0.7, width_hz=0.002, is_barycentric=True),
        ListedBirdie(freq_hz=9.0, width_hz=0.1, nharm=2, is_growing=True),
    )
    assert _read(tmp_path, text) == expected
    assert _read(tmp_path, "") == ()


@pytest.mark.parametrize(
    "line",
    [
        "50",
        "50 wide",
        "0 1",
        "-5 1",
        "50 -1",
        "50 1 0",
        "50 1 2.5",
        "50 1 1 2",
        "50 1 1 0 3",
        "nan 1",
        "inf 1",
        "1 2 3 0 0 0",
    ],
)
def test_other_lines_are_refused_with_their_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"in line 2 of .*birdies\.txt, expected frequency and width"):
        _read(tmp_path, f"# a comment\n{line}\n")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="found no readable file"):
        read_birdie_list(tmp_path / "absent.txt")
    (tmp_path / "data.fil").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ConfigError, match="that are no UTF-8 text"):
        read_birdie_list(tmp_path / "data.fil")
    with pytest.raises(ConfigError, match="found 100001 lines"):
        _read(tmp_path, "\n" * 100_001)
