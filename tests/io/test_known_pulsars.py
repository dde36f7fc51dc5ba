"""Tables of known pulsars: the one that ships, the user's, and whole catalogues in two forms."""

import math
import time
from pathlib import Path

import numpy as np
import pytest

from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.known_pulsars import load_known_pulsars, read_known_pulsars, user_file

# A few facts in the long form of the ATNF catalogue.
PSRCAT = """#CATALOGUE 2.65
PSRB     B1913+16                                ht75a
PSRJ     J1915+1606                              ht75a
RAJ      19:15:27.99942                3         wh16
DECJ     +16:06:27.3868                5         wh16
F0       16.940537785677               3         wh16
F1       -2.47330E-15                  1         wh16
PEPOCH   52984.0                                 wh16
DM       168.770                       10        tw82
BINARY   DDH                                     wh16
PB       0.322997448918                3         wh16
A1       2.341782                      3         wnt10
ECC      0.6171340                     4         wh16
S1400    0.9                           2         kxl+98
@-----------------------------------------------------------------
PSRJ     J1713+0747                              fwc93
ELONG    256.6686942                   2         nano
ELAT     30.7003602                    2         nano
P0       0.00457013652                 1         nano
P1       8.52E-21                      1         nano
DM       15.99                         1         nano
S400     36                            5         nano
FB0      1.7065E-7                     1         nano
@-----------------------------------------------------------------
PSRJ     J0000-0000                              none
DM       10.0                          1         none
@-----------------------------------------------------------------
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the tests away from the files of the user who runs them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "fastpipe").mkdir()
    return tmp_path


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_table_is_complete() -> None:
    known = load_known_pulsars()
    assert known.sources == ("33 of known_pulsars.toml",)
    assert len(set(known.table["j_name"].tolist())) == 33
    for column in ("ra_deg", "dec_deg", "freq_hz", "epoch_mjd", "dm", "flux_1400_mjy"):
        assert np.isfinite(known.table[column]).all()
    assert known.table["is_binary"].sum() == 12
    assert np.isfinite(known.table["projected_axis_s"][known.table["is_binary"]]).all()


def test_psrcat_is_read(home: Path) -> None:
    table = read_known_pulsars(written(home, "psrcat.db", PSRCAT)).table
    assert table["name"].tolist() == [b"B1913+16", b"J1713+0747"]
    first, second = table
    assert (first["ra_deg"], first["dec_deg"]) == pytest.approx((288.86666425, 16.10760744))
    assert first["freq_err_hz"] == pytest.approx(3e-12)
    assert (first["dm"], first["dm_err"]) == pytest.approx((168.77, 0.01))
    assert (first["orbit_period_s"], first["projected_axis_s"]) == pytest.approx((27906.98, 2.341782), rel=1e-6)
    assert first["eccentricity"] == pytest.approx(0.617134)
    # Period and ecliptic position in the place of frequency and equatorial position; 17:13:49.53 +07:47:37.5.
    assert (second["ra_deg"], second["dec_deg"]) == pytest.approx((258.456391, 7.793744), abs=1e-4)
    assert second["freq_hz"] == pytest.approx(218.8118, rel=1e-6)
    assert second["fdot_hz_s"] == pytest.approx(-4.08e-16, rel=1e-2)
    assert second["flux_1400_mjy"] == pytest.approx(36 * 3.5**-1.6)
    assert second["orbit_period_s"] == pytest.approx(67.8 * 86400, rel=1e-3)
    assert bool(second["is_binary"])


@pytest.mark.real_data
def test_the_table_of_presto_is_read_in_a_second(test_data: Path) -> None:
    started = time.process_time()
    known = read_known_pulsars(test_data / "catalogue" / "psr_catalog.txt")
    assert time.process_time() - started < 1.0
    # All 4303 but those that have no frequency.
    assert len(known.table) == 4238
    shipped = load_known_pulsars().table
    theirs = {row["name"]: row for row in known.table}
    for row in shipped:
        other = theirs[row["name"]]
        for column in ("ra_deg", "dec_deg"):
            assert row[column] == pytest.approx(other[column], abs=1e-4)
        for column in ("freq_hz", "fdot_hz_s", "epoch_mjd", "dm", "flux_1400_mjy", "orbit_period_s"):
            np.testing.assert_allclose(row[column], other[column], rtol=1e-4 if column == "fdot_hz_s" else 1e-6)


def test_the_users_pulsars_are_added_and_replace(home: Path) -> None:
    written(home, "psrcat.db", PSRCAT)
    own = '["B1913+16"]\nj_name = "J1915+1606"\nfreq_hz = 16.9\ndm = 168.0\n[Mine]\nfreq_hz = 2\ndm = 5'
    user_file().write_text(f'catalogue = "../psrcat.db"\n{own}')
    known = load_known_pulsars()
    assert known.sources == ("33 of known_pulsars.toml", "2 of psrcat.db", "2 of known_pulsars.toml")
    # The binary and J1713+0747 replace shipped ones.
    assert len(known.table) == 33 + 1
    assert known.table["dm"][known.table["name"] == b"B1913+16"].tolist() == [168.0]
    given = load_known_pulsars(home / "psrcat.db")
    assert given.table["dm"][given.table["name"] == b"B1913+16"].tolist() == [168.77]
    assert math.isnan(given.table["ra_deg"][given.table["name"] == b"Mine"][0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[A]\nfreq = 1.0\ndm = 2.0",
            r"found unknown freq in \[A\] of .*expected some of freq_hz, .*; did you mean freq_hz\?",
        ),
        ("[A]\nfreq_hz = 1.0", r"found a mistake in \[A\] of .*missing required field `dm`.*; correct it"),
        ("[A]\nfreq_hz = -1.0\ndm = 2.0", r"found a mistake in \[A\] of .*> 1e-06.*; correct it"),
        ('[A]\nfreq_hz = 1.0\ndm = 2.0\nposition = "north"', r"found a mistake in \[A\] of .*position 'north'"),
        ("[A]\nfreq_hz = inf\ndm = 2.0", r"found a mistake in \[A\] of .*< 1000000.0"),
        ('catalogue = "known_pulsars.toml"', r"found catalogue = 'known_pulsars.toml' in .*, which leads back to itself"),
        ("A = 3", r"found A = 3 in .*, expected one table a pulsar; write \[\"A\"\]"),
        ("catalogue = 3", r"found catalogue = 3 in .*, expected the name of a file in quotes; correct it"),
    ],
)
def test_mistakes_in_the_users_file_are_named(text: str, message: str) -> None:
    user_file().write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_known_pulsars()


def test_other_files_are_refused(home: Path) -> None:
    with pytest.raises(InputMissingError, match=r"found no readable file at .*none.db .*, expected a catalogue of pulsars"):
        load_known_pulsars(home / "none.db")
    with pytest.raises(FileFormatError, match=r"to be neither psrcat.db, nor a table with semicolons, nor TOML"):
        load_known_pulsars(written(home, "a.txt", "some words"))
    with pytest.raises(FileFormatError, match=r"found no pulsar with a name and a frequency in .*; give another catalogue"):
        load_known_pulsars(written(home, "b.db", "PSRJ J0000-0000 x\nDM 1 1 x\n@---\n"))
    with pytest.raises(InputMissingError, match=r"found .* to be no regular file"):
        load_known_pulsars(home)


@pytest.mark.parametrize("spin", ["P0 1e-320\nP1 1", "P0 1e-200 1", "P0 1e200", "F0 1e-320", "F0 1e99"])
def test_impossible_spins_are_left_out(spin: str, home: Path) -> None:
    crab = "PSRJ J0534+2200\nF0 29.9\nFB0 0\nA1 1\n@---\n"
    path = written(home, "c.db", f"PSRJ J0000-0000\n{spin}\n@---\n{crab}")
    (row,) = read_known_pulsars(path).table
    assert row["j_name"] == b"J0534+2200"
    assert np.isnan(row["orbit_period_s"])
