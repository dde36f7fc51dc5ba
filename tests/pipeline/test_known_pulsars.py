"""Names of known pulsars in the candidates of a recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numba import config

from fastpipe.config import KnownPulsarsConfig, SearchConfig, override
from fastpipe.data.header import Header
from fastpipe.data.tables import CANDIDATE_COLUMNS, Table, empty_table
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.search import run_search
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.known_pulsars import load_known_pulsars
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.known_pulsars import name_known_pulsars
from fastpipe.pipeline.search import search_recording
from tests.pipeline.recordings import simulated

KNOWN = load_known_pulsars()
PULSAR = KNOWN.table[KNOWN.table["name"] == b"J1901+0658"][0]
HEADER = Header(
    nchans=1024,
    nsamples=2**20,
    tsamp=1e-4,
    fch1=1450.0,
    foff=-0.4,
    nbits=8,
    telescope="FAST",
    ibeam=1,
    ra_deg=285.3,
    dec_deg=7.0,
)


def candidate(factor: float = 1.0) -> Table:
    """Return the one candidate of a recording that looks at the pulsar."""
    table = empty_table(CANDIDATE_COLUMNS, 1)
    table["freq_hz"], table["epoch_mjd"] = PULSAR["freq_hz"] * factor, PULSAR["epoch_mjd"]
    table["period_s"], table["dm"], table["dm_err"] = 1.0 / table["freq_hz"], PULSAR["dm"], 0.5
    return table


def named(
    header: Header, radius_arcmin: float = 0.0, *, factor: float = 1.0, is_barycentric: bool = True
) -> tuple[str, str]:
    options = KnownPulsarsConfig(radius_arcmin=radius_arcmin)
    row = name_known_pulsars(candidate(factor), KNOWN, header, is_barycentric, options)[0]
    return row["known_pulsar"].decode(), row["known_harmonic"].decode()


def away(arcmin: float, **changes: object) -> Header:
    position = {"ra_deg": float(PULSAR["ra_deg"]), "dec_deg": float(PULSAR["dec_deg"]) + arcmin / 60}
    return replace(HEADER, **(position | changes))


def test_the_beam_of_the_telescope_sets_the_radius() -> None:
    assert named(away(2.5)) == ("J1901+0658", "1")
    assert named(away(8.0)) == ("", "")
    assert named(away(8.0), radius_arcmin=9.0) == ("J1901+0658", "1")
    # A smaller dish has a wider beam, and one that nobody knows may be a degree wide.
    assert named(away(8.0, telescope="Parkes")) == ("J1901+0658", "1")
    assert named(away(50.0, telescope="Backyard")) == ("J1901+0658", "1")
    # The outer beams of FAST may carry the position of beam 1.
    assert named(away(11.0, ibeam=8)) == ("J1901+0658", "1")


def test_harmonics_are_said_and_telescopes_move() -> None:
    assert named(away(0.0), factor=0.5) == ("J1901+0658", "1/2")
    binary_and_earth = 1.0 + 1.9e-4
    assert named(away(0.0), factor=binary_and_earth, is_barycentric=True)[0] == "J1901+0658"
    assert named(away(0.0), factor=1.0 + 6e-4) == ("", "")


def test_the_dm_of_a_series_stands_in_for_the_position() -> None:
    nowhere = replace(HEADER, ra_deg=None, dec_deg=None, nchans=1, dm=float(PULSAR["dm"]))
    bright = KNOWN.table[KNOWN.table["name"] == b"B0329+54"][0]
    table = candidate()
    table["freq_hz"], table["epoch_mjd"] = bright["freq_hz"], bright["epoch_mjd"]
    table["period_s"], table["dm"], table["dm_err"] = 1 / table["freq_hz"], bright["dm"], np.inf
    found = name_known_pulsars(table, KNOWN, replace(nowhere, nsamples=2**22), True, KnownPulsarsConfig())
    assert found["known_pulsar"].tolist() == [b"B0329+54"]
    table["dm"] += 10.0
    assert name_known_pulsars(table, KNOWN, nowhere, True, KnownPulsarsConfig())["known_pulsar"].tolist() == [b""]


def test_options_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"found radius_arcmin = -1.0, expected a distance of at least 0 arcmin"):
        override(SearchConfig(), radius_arcmin=-1.0)
    options = override(SearchConfig(), catalogue=str(tmp_path / "none.db"))
    assert options.given_files[-1] == tmp_path / "none.db"
    executor = SerialExecutor(SilentProgress(), StageLedger())
    with pytest.raises(InputMissingError, match=r"found no readable file at .*none.db"):
        search_recording(simulated(), options, Budget(2**31, 1, 2**20), executor)


@pytest.mark.real_data
@pytest.mark.skipif(config.DISABLE_JIT, reason="whole recordings take hours without the compiler")
@pytest.mark.parametrize(("name", "pulsar"), [("J1807-0847_gbt", b"B1804-08"), ("B1929+10_lovell", b"B1929+10")])
def test_real_pulsars_get_their_names(test_data: Path, name: str, pulsar: bytes) -> None:
    options = override(SearchConfig(), catalogue=str(test_data / "catalogue" / "psr_catalog.txt"))
    tables = run_search([test_data / "series" / f"{name}.dat"], options)
    assert tables.candidates["known_pulsar"][0] == pulsar
    assert tables.candidates["known_harmonic"][0] == b"1"
    assert tables.provenance["known_pulsars"] == "33 of known_pulsars.toml; 4238 of psr_catalog.txt"
