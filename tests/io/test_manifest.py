"""Manifests as TOML and as tables."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.data.manifest import ManifestEntry
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.io.manifest import matching_entry, read_manifest

TOML = """
[[observation]]
files = ["J1900-0134_tracking-M07_*.fits", "again/*-M07_*.fits"]
name = "J1900-0134_again"
position = "19:00:26 -01:34:38"
dm_min = 150
dm_max = 200.5

[[observation]]
files = "x.fil"
"""
CSV = """files,name,dm_max,dm_min,position
J1900-0134_tracking-M07_*.fits; again/*-M07_*.fits,J1900-0134_again,200.5,150,19:00:26 -01:34:38

x.fil,,,
"""
ENTRIES = (
    ManifestEntry(
        files=("J1900-0134_tracking-M07_*.fits", "again/*-M07_*.fits"),
        name="J1900-0134_again",
        position="19:00:26 -01:34:38",
        dm_min=150.0,
        dm_max=200.5,
    ),
    ManifestEntry(files=("x.fil",)),
)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize(("name", "text"), [("m.toml", TOML), ("m.csv", CSV), ("M.CSV", CSV)])
def test_both_forms_say_the_same(tmp_path: Path, name: str, text: str, line_end: str, mark: bytes) -> None:
    (tmp_path / name).write_bytes(mark + text.replace("\n", line_end).encode())
    assert read_manifest(tmp_path / name) == ENTRIES


def test_quoted_cells(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text('"files", "position"\n"a,b.fil", "83.633, 22.014"\n')
    assert read_manifest(tmp_path / "m.csv") == (ManifestEntry(files=("a,b.fil",), position="83.633, 22.014"),)


WRONG_TOML = {
    "": "found no observation in .*, expected at least one",
    "observation = []": "found no observation",
    "[[observation]]": r"files = \[\] in observation 1, expected names or patterns",
    "[[observation]]\nfiles = []": "files = ",
    "[[observation]]\nfiles = ['a', '']": "files = ",
    "[[observation]]\nfiles = [1]": "files = ",
    "[[observation]]\nfiles = 1": "files = 1",
    "[observation]\nfiles = 'a'": r"expected \[\[observation\]\] in double brackets",
    "observation = [1]": "in double brackets",
    "[[observations]]\nfiles = 'a'": r"unknown key observations.*did you mean observation\?",
    "[[observation]]\nfile = 'a'": r"unknown 'file' in observation 1.*did you mean files\?",
    "[[observation]]\nfiles = 'a'\nqqq = 1": "unknown 'qqq'.*remove it",
    "[[observation]]\nfiles = 'a'\nname = 5": "name = 5 in observation 1, expected a text",
    "[[observation]]\nfiles = 'a'\nname = '../x'": "name = '../x'.*names a folder",
    "[[observation]]\nfiles = 'a'\nname = '.x'": "names a folder",
    "[[observation]]\nfiles = 'a'\nname = 'my star'": "names a folder",
    "[[observation]]\nfiles = 'a'\nname = '\u03b1Cen'": "names a folder",
    "[[observation]]\nfiles = 'a'\nposition = 'there'": r"found position 'there'.*\(in observation 1\)",
    "[[observation]]\nfiles = 'a'\nposition = 3.0": "position = 3.0 .*a text",
    "[[observation]]\nfiles = 'a'\ndm_min = 'low'": "dm_min = 'low'",
    "[[observation]]\nfiles = 'a'\ndm_min = true": "dm_min = True",
    "[[observation]]\nfiles = 'a'\ndm_min = -1": "dm_min = -1",
    "[[observation]]\nfiles = 'a'\ndm_max = nan": "dm_max = nan",
    "[[observation]]\nfiles = 'a'\ndm_max = inf": "dm_max = inf",
    "[[observation]]\nfiles = 'a'\ndm_max = 1" + "0" * 400: "dm_max = 1000",
    "[[observation]]\nfiles = 'a'\ndm_min = 2\ndm_max = 1": "dm_min = 2 and dm_max = 1",
    "[[observation]]\nfiles = 'a'\nname = 'x'\n[[observation]]\nfiles = 'b'\nname = 'x'": "the name x 2 times",
    "[[observation": "no TOML",
    "files;name": "no TOML",
}
WRONG_CSV = {
    "": "found no observation",
    "\n\n": "found no observation",
    "files,name\n": "found no observation",
    "name\nx": r"files = \[\] in line 2",
    "files,name\n,x": "files = ",
    "files,name\n;,x": "files = ",
    "files,nam\na.fil,": r"unknown 'nam' in line 2.*did you mean name\?",
    "files;name\na.fil;x": r"unknown 'files;name' in line 2.*did you mean",
    "files,files\na,b": "a column twice in line 1",
    "files\na.fil,b.fil": "found 2 cells in line 2, expected 1",
    "files,dm_min\na.fil,low": "dm_min = 'low' in line 2",
    "files,dm_min\na.fil,nan": "dm_min = nan in line 2",
    'files,name\n"a.fil': "no table with commas",
}


@pytest.mark.parametrize("text", WRONG_TOML)
def test_wrong_toml(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=WRONG_TOML[text]) as caught:
        read_manifest(tmp_path / "m.toml")
    assert str(tmp_path / "m.toml") in str(caught.value)


@pytest.mark.parametrize("text", WRONG_CSV)
def test_wrong_csv(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(ConfigError, match=WRONG_CSV[text]):
        read_manifest(tmp_path / "m.csv")


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="expected a manifest"):
        read_manifest(tmp_path / "none.toml")
    (tmp_path / "m.csv").write_bytes("files\nä.fil".encode("utf-16"))
    with pytest.raises(ConfigError, match="no UTF-8 text"):
        read_manifest(tmp_path / "m.csv")


@given(
    st.binary(max_size=200) | st.text("files,name;\n\"'[]=dm_min1. \r\0").map(str.encode), st.sampled_from(["csv", "toml"])
)
def test_any_bytes_give_entries_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(content)
    with suppress(ConfigError):
        assert read_manifest(path)


def test_first_entry_that_fits_counts() -> None:
    entries = [ManifestEntry(files=(pattern,)) for pattern in ("./a/x*.fil", "y[12].fil", "*", "z.fil")]
    matches = {name: matching_entry(entries, name) for name in ("a/x1.fil", "b/x1.fil", "b/y2.fil", "Y2.fil", "z.fil")}
    assert list(matches.values()) == [entries[0], entries[2], entries[1], entries[2], entries[2]]
    assert matching_entry(entries[:2], Path("/data/b/y1.fil")) is entries[1]
    assert matching_entry(entries[:2], "z.fil") is None
