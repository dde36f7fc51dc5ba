"""Phases of pulsars in binary systems, as PINT has them."""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastpipe.algorithms.phase_model import spin_at, time_of_pulsar
from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.io.par_file import read_par_file
from tests.io.par_files import BT, DD, ELL1, FAST_ELL1, SPIN

models = pytest.importorskip("pint.models", reason="the package pint-pulsar is not installed")
toa = pytest.importorskip("pint.toa")

START_MJD = 59123.25
TOBS_S = 7200.0


def sun_anywhere(_body: str, times: Any, _ephemeris: str) -> Any:
    """Stand in for the ephemeris of the Solar System, which times at its barycentre do not depend on."""
    from astropy import units
    from pint.utils import PosVel

    return PosVel(np.ones((3, *times.shape)) * units.au, np.ones((3, *times.shape)) * units.km / units.s, "sun", "ssb")


# PINT and what it imports warn of their own affairs.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("orbit", [BT, DD, ELL1, FAST_ELL1], ids=["BT", "DD", "ELL1", "FB"])
def test_phases_are_those_of_pint(orbit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toa, "objPosVel_wrt_SSB", sun_anywhere)
    path = tmp_path / "pulsar.par"
    path.write_text(SPIN + orbit)
    pulsar = read_par_file(path)
    recorded = BarycentricModel(
        start_mjd_tdb=START_MJD,
        mid_mjd_tdb=START_MJD + TOBS_S / 2 / SECONDS_PER_DAY,
        topocentric_s=np.array([0.0, TOBS_S]),
        barycentric_s=np.array([0.0, TOBS_S]),
    )
    freq_hz, fdot_hz_s, _ = spin_at(pulsar.spin_hz, (recorded.mid_mjd_tdb - pulsar.epoch_mjd) * SECONDS_PER_DAY)
    model = time_of_pulsar(recorded, pulsar.orbit, TOBS_S, delay_s=0.0, error_s=1e-6 / freq_hz)
    times_s = np.linspace(0.0, TOBS_S, 101)
    (mid_s,) = model.to_barycentric_s(np.array([TOBS_S / 2]))
    x = model.to_barycentric_s(times_s) - mid_s
    turns = freq_hz * x + 0.5 * fdot_hz_s * x**2
    # Two parts of a day keep the digits that one number of this size would lose.
    days = np.full(101, math.floor(START_MJD)), START_MJD % 1 + times_s / SECONDS_PER_DAY
    toas = toa.get_TOAs_array(days, "@", errors_us=1.0)
    phase = models.get_model(io.StringIO(path.read_text())).phase(toas)
    theirs = np.asarray(phase.int - phase.int[50], float) + np.asarray(phase.frac - phase.frac[50], float)
    assert np.abs(turns - theirs).max() / freq_hz < 1e-7


@pytest.mark.filterwarnings("ignore")
def test_ecliptic_places_are_those_of_pint(tmp_path: Path) -> None:
    path = tmp_path / "pulsar.par"
    place = "ELONG 123.4\nELAT -31.2\nPMELONG 30\nPMELAT -120\nPOSEPOCH 55000\nECL IERS2010\n"
    path.write_text("PSR A\nF0 10\nPEPOCH 55000\nUNITS TDB\n" + place)
    theirs = models.get_model(io.StringIO(path.read_text())).coords_as_ICRS(epoch=58_652.5)
    ours = read_par_file(path).path
    assert ours is not None
    assert ours.position_at(58_652.5) == pytest.approx((theirs.ra.deg, theirs.dec.deg), abs=1e-8)
