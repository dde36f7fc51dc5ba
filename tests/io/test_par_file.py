"""Ephemerides as .par files write them."""

import math
from pathlib import Path

import numpy as np
import pytest

from fastpipe.constants import SUN_MASS_S
from fastpipe.data.pulsar_ephemeris import PulsarEphemeris
from fastpipe.errors import FastpipeError, FileFormatError, InputMissingError
from fastpipe.io.par_file import read_par_file
from tests.io.par_files import BT, DD, ELL1, FAST_ELL1, SPIN


def read(folder: Path, text: str) -> PulsarEphemeris:
    path = folder / "pulsar.par"
    path.write_text(text)
    return read_par_file(path)


def test_spin_place_and_dm_are_read(tmp_path: Path) -> None:
    pulsar = read(tmp_path, "# made by hand\nC a comment\n" + SPIN + "DM1 -0.5\nDMEPOCH 59000\nPOSEPOCH 59000\nPMDEC 1000\n")
    assert (pulsar.name, pulsar.epoch_mjd) == ("J1234+5607", 59_000.5)
    assert pulsar.spin_hz == (345.67890123456789, -4.33e-15)
    assert (pulsar.orbit, pulsar.remarks) == (None, ())
    assert pulsar.dm_at(59_000.0 + 365.25) == pytest.approx(61.9)
    assert pulsar.path is not None
    ra_deg, dec_deg = pulsar.path.position_at(59_000.0 + 3652.5)
    assert ra_deg == pytest.approx(15 * (12 + 34 / 60 + 56.7 / 3600))
    assert dec_deg == pytest.approx(5 + 7 / 60 + 8.9 / 3600 + 10 / 3600, abs=1e-9)


def test_periods_are_turned_into_frequencies(tmp_path: Path) -> None:
    pulsar = read(tmp_path, "PSRB B0531+21\nP 0.0334 1\nPDOT 4.2e-13\nPEPOCH 50000\nDM 56.8\n")
    assert pulsar.spin_hz == pytest.approx((1 / 0.0334, -4.2e-13 / 0.0334**2))
    assert (pulsar.name, pulsar.path, pulsar.dm_at(51_000.0)) == ("B0531+21", None, 56.8)


def test_ecliptic_places_are_turned(tmp_path: Path) -> None:
    pulsar = read(tmp_path, "F0 10\nLAMBDA 90.0\nBETA 0.0\nPMELAT 1000.0\nPEPOCH 55000\n")
    assert pulsar.path is not None
    # The Sun at the June solstice stands as high as the ecliptic is inclined.
    assert pulsar.path.position_at(55_000.0) == pytest.approx((90.0, 84381.406 / 3600))
    assert pulsar.path.position_at(55_000.0 + 3652.5) == pytest.approx((90.0, (84381.406 + 10) / 3600))
    assert pulsar.dm_at(55_000.0) is None


def test_orbits_are_read(tmp_path: Path) -> None:
    orbit = read(tmp_path, SPIN + DD).orbit
    assert orbit is not None
    period_s = 0.322997448918 * 86_400
    assert (orbit.model, orbit.x_s, orbit.xdot, orbit.epoch_mjd) == ("DD", 2.341776, 1e-14, 58_990.12345678)
    # A derivative of the period above 1e-7 is in units of 1e-12.
    assert orbit.orbit_freqs_hz == pytest.approx((1 / period_s, 2.423e-12 / period_s**2), rel=1e-12)
    assert orbit.omega_rad == pytest.approx(math.radians(292.5445))
    assert orbit.omega_dot == pytest.approx(math.radians(4.226585) / (365.25 * 86_400))
    assert (orbit.shapiro_range_s, orbit.shapiro_shape) == (1.3886 * SUN_MASS_S, 0.74)
    bt = read(tmp_path, SPIN + BT + "M2 1.4\nSINI 0.7\n").orbit
    assert bt is not None
    assert (bt.model, bt.shapiro_range_s) == ("BT", 0.0)
    ell1 = read(tmp_path, SPIN + ELL1).orbit
    assert ell1 is not None
    assert (ell1.model, ell1.epoch_mjd, ell1.laplace) == ("ELL1", 58_990.4567, (2.7e-5, -8.9e-5))
    fast = read(tmp_path, SPIN + FAST_ELL1).orbit
    assert fast is not None
    assert fast.orbit_freqs_hz == (1.17e-4, -2e-19)


def test_variants_are_read_with_a_remark(tmp_path: Path) -> None:
    pulsar = read(tmp_path, SPIN + DD.replace("BINARY DD", "BINARY DDK") + "KOM 80\nKIN 71\nWAVE1 0.1 0.2\n")
    assert pulsar.orbit is not None
    assert pulsar.remarks == (
        "KOM, KIN of pulsar.par are left out: they shift the phase by some microseconds of time at most.",
        "The noise of the spin (WAVE1) in pulsar.par is left out.",
    )
    orbit = read(tmp_path, SPIN + DD.replace("SINI 0.74", "SHAPMAX 2.0").replace("BINARY DD", "BINARY DDS")).orbit
    assert orbit is not None
    assert orbit.shapiro_shape == pytest.approx(1 - np.exp(-2.0))
    orbit = read(tmp_path, SPIN + ELL1.replace("BINARY ELL1", "BINARY T2").replace("SINI 0.997", "SINI KIN")).orbit
    assert orbit is not None
    assert (orbit.model, orbit.shapiro_shape) == ("ELL1", 0.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("PSR A\nRAJ 1:2:3\n", "found no line with F0 or P0"),
        ("F0 fast\n", "found F0 fast in .*expected a number"),
        ("F0 -3.0\n", "found no positive spin"),
        ("F0 3.0\nF1 -1e-15\n", "found no PEPOCH"),
        (SPIN.replace("TDB", "TCB"), "found the time scale TCB"),
        ("F0 3\nEPHVER 5\n", "found the time scale TCB"),
        (SPIN + "GLEP_1 59000\n", r"found a glitch \(GLEP_1\)"),
        (SPIN + BT.replace("BINARY BT", "BINARY MSS"), "found binary model MSS"),
        (SPIN + BT.replace("BINARY BT", ""), "found an orbit without a model"),
        (SPIN + BT.replace("0.6171340", "1.2"), "found ECC 1.2"),
        (SPIN + BT.replace("PB 0.322997448918", "PB 0"), "found PB 0"),
        (SPIN + BT.replace("T0", "TZERO"), "found no T0"),
        (SPIN + FAST_ELL1.replace("1.17D-4", "-1"), "found FB0 -1"),
        (SPIN + DD.replace("0.74", "1.1"), "found SINI 1.1"),
        (SPIN + DD + "PB_2 3\n", "found PB_2"),
        (SPIN + DD.replace("1.3886", "-2"), "found M2 -2"),
        (SPIN + "F31 1\n", "found F31 .*expected derivatives up to order 30"),
        (SPIN + "F1000000000000 1\n", "expected derivatives up to order 30"),
        ("F0 3\nRAJ 12h34m\nDECJ 5:6:7\n", "found RAJ 12h34m"),
        ("F0 3\nRAJ 12:34\nDECJ 99:6:7\n", "found DECJ 99:6:7"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=sentence):
        read(tmp_path, text)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError):
        read_par_file(tmp_path / "absent.par")
    path = tmp_path / "large.par"
    path.write_bytes(bytes(2**22 + 1))
    with pytest.raises(FastpipeError, match=r"expected a \.par file of some lines"):
        read_par_file(path)
    path.write_bytes(b"F0 1.0\n\0\0")
    with pytest.raises(FileFormatError, match=r"expected a \.par file with the spin"):
        read_par_file(path)
