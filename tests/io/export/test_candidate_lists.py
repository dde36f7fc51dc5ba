"""Candidates for PRESTO, PulsarX and TEMPO."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.data.header import Header
from fastpipe.data.trial_series import TrialSeries
from fastpipe.errors import ConfigError
from fastpipe.io.export.par import write_par
from fastpipe.io.export.presto_candidates import write_presto_candidates
from fastpipe.io.export.presto_series import presto_paths, write_presto_series
from fastpipe.io.export.pulsarx_candidates import pulsarx_epoch_mjd, write_pulsarx_candidates
from fastpipe.io.par_file import read_par_file
from fastpipe.io.recordings import open_recording
from tests.fake_catalogue import TOBS_S
from tests.io.export.fake_exports import fake_labelled

# What people match the lines of ACCEL_sift with: blanks between the columns, the number of hits in brackets.
CANDIDATE = re.compile(r"(?P<file>\S+):(?P<number>\d+)(?P<values>(?: +\S+){9}) +\((?P<numhits>\d+)\)")
HIT = re.compile(r"  DM= *(?P<dm>\S+) SNR= *(?P<snr>\S+) Sigma= *(?P<sigma>\S+) +\**")
TABLES = fake_labelled().tables


def test_presto_list(tmp_path: Path) -> None:
    path = tmp_path / "cands.txt"
    write_presto_candidates(path, TABLES, TABLES.candidates)
    heading, *lines = path.read_text().splitlines()
    names = heading.lstrip("#").split()
    assert names == ["file:candnum", "DM", "SNR", "sigma", "numharm", "ipow", "cpow", "P(ms)", "r", "z", "numhits"]
    found = [match for line in lines if (match := CANDIDATE.fullmatch(line))]
    hits = [match for line in lines if (match := HIT.fullmatch(line))]
    assert len(found) + len(hits) == len(lines)
    assert [int(match["number"]) for match in found] == [1, 2, 3]
    assert found[0]["file"] == "fake_DM112.40"
    dm, snr, sigma, nharm, ipow, cpow, period_ms, r, z = map(float, found[0]["values"].split())
    assert (dm, snr, sigma, nharm, ipow) == (112.4, 24.8, 22.0, 16, 99.0)
    assert np.isnan(cpow)
    assert period_ms == pytest.approx(1e3 / 6.1078, rel=1e-8)
    assert r == pytest.approx(6.1078 * TOBS_S, abs=0.01)
    # Away from us, so the frequency falls: z has the sign of fdot.
    assert z == pytest.approx(-2e-4 * TOBS_S**2, abs=0.01)
    assert TABLES.candidates["accel_m_s2"][0] > 0
    assert int(found[0]["numhits"]) == 2
    assert [float(hit["dm"]) for hit in hits] == [112.4, 113.0]
    assert [float(hit["sigma"]) for hit in hits] == [22.0, 21.0]


def test_lists_without_candidates_have_their_heading(tmp_path: Path) -> None:
    tables = fake_labelled(is_empty=True).tables
    write_presto_candidates(tmp_path / "a", tables, tables.candidates)
    write_pulsarx_candidates(tmp_path / "b", tables.candidates)
    assert len((tmp_path / "a").read_text().splitlines()) == len((tmp_path / "b").read_text().splitlines()) == 1


def test_pulsarx_list_is_in_the_time_of_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "x.candfile"
    write_pulsarx_candidates(path, TABLES.candidates)
    heading, *lines = path.read_text().splitlines()
    assert heading == "#id dm acc F0 F1 F2 S/N"
    values = np.array([line.split() for line in lines], float)
    assert values[:, 0].tolist() == [1, 2, 3]
    assert values[:, 1].tolist() == [112.4, 112.5, 310.0]
    assert not values[:, 2].any()
    np.testing.assert_allclose(values[:2, 3], 1 / TABLES.candidates["topocentric_period_s"][:2], rtol=1e-12)
    # Seen at the barycentre only: that of the recording.
    assert values[2, 3] == TABLES.candidates["freq_hz"][2]
    assert values[0, 4] == -2e-4
    assert values[0, 5] == pytest.approx(-1e-3 * 6.1078 / 299_792_458.0)
    assert pulsarx_epoch_mjd(TABLES.observations[0]) == 58000.0 + TOBS_S / 2 / 86400


def test_par_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "x.par"
    write_par(path, TABLES, TABLES.candidates[0])
    pulsar = read_par_file(path)
    candidate = TABLES.candidates[0]
    assert pulsar.name == "J0534-0030"
    assert pulsar.spin_hz[:2] == (candidate["freq_hz"], candidate["fdot_hz_s"])
    assert pulsar.spin_hz[2] == pytest.approx(-1e-3 * 6.1078 / 299_792_458.0)
    assert pulsar.epoch_mjd == candidate["epoch_mjd"]
    assert pulsar.dm_terms == (candidate["dm"],)
    assert pulsar.path is not None
    assert pulsar.path.position_at(pulsar.epoch_mjd) == pytest.approx((83.63320833, -0.51), abs=1e-6)
    assert pulsar.remarks == ()


def test_par_file_has_the_name_of_a_known_pulsar_at_its_own_frequency_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.par"
    for harmonic, name in ((b"1", "B0531+21"), (b"2", "J0534-0030")):
        candidate = TABLES.candidates[:1].copy()
        candidate["known_pulsar"], candidate["known_harmonic"] = b"B0531+21", harmonic
        write_par(path, TABLES, candidate[0])
        assert read_par_file(path).name == name


@pytest.mark.filterwarnings("ignore")
def test_pint_reads_the_par_file(tmp_path: Path) -> None:
    models = pytest.importorskip("pint.models", reason="the package pint-pulsar is not installed")
    path = tmp_path / "x.par"
    write_par(path, TABLES, TABLES.candidates[0])
    model = models.get_model(str(path))
    assert float(model.F0.value) == TABLES.candidates["freq_hz"][0]
    assert (model.F0.frozen, model.UNITS.value) == (False, "TDB")
    assert float(model.PEPOCH.value) == pytest.approx(58000.5, abs=1e-12)


def test_par_file_is_refused_where_it_would_be_wrong(tmp_path: Path) -> None:
    row = TABLES.candidates[0]
    with pytest.raises(ConfigError, match="found periods at the telescope in the catalogue, expected barycentric ones"):
        write_par(tmp_path / "x.par", replace(TABLES, frame="topocentric"), row)
    with pytest.raises(ConfigError, match="found a fold with an ephemeris"):
        write_par(tmp_path / "x.par", replace(TABLES, provenance={"ephemeris": "with a.par"}), row)
    tables = fake_labelled().tables
    tables.observations["ra_deg"] = np.nan
    with pytest.raises(ConfigError, match="found no position of the candidate"):
        write_par(tmp_path / "x.par", tables, row)
    assert not (tmp_path / "x.par").exists()


@pytest.mark.parametrize("position", [(83.63320833, -0.51), (None, None)])
@pytest.mark.parametrize("foff", [-1.0, 1.0])
def test_series_comes_back(tmp_path: Path, position: tuple[float | None, float | None], foff: float) -> None:
    header = Header(
        nchans=400,
        nsamples=20,
        tsamp=1e-4,
        fch1=1050.5 if foff > 0 else 1449.5,
        foff=foff,
        nbits=8,
        tstart=59123.123456789012,
        source_name="J0534+2200 脉",
        telescope="FAST",
        machine="ROACH",
        ra_deg=position[0],
        dec_deg=position[1],
    )
    series = TrialSeries(np.arange(10, dtype=np.float32) / 3, 62.4, 2e-4)
    dat, inf = write_presto_series(tmp_path / "x_DM62.40", header, series, "a note")
    assert (dat.name, inf.name) == ("x_DM62.40.dat", "x_DM62.40.inf")
    recording = open_recording([dat])
    np.testing.assert_array_equal(recording.read(0, 10)[:, 0], series.values)
    found = recording.header
    assert (found.dm, found.tsamp, found.tstart, found.nsamples) == (62.4, 2e-4, header.tstart, 10)
    assert (found.fch1, found.foff, found.telescope, found.machine) == (1250.0, 400.0, "FAST", "ROACH")
    assert (found.ra_deg, found.dec_deg) == (pytest.approx(position) if position[0] else position)
    assert not found.is_barycentric
    assert recording.oddities == ()


@pytest.mark.parametrize("name", ["x", "x.dat", "x.inf"])
def test_either_name_of_a_series_does(name: str) -> None:
    assert presto_paths(Path(name)) == (Path("x.dat"), Path("x.inf"))
