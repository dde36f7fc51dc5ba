"""A candidate as an ephemeris (.par file) for TEMPO, TEMPO2, PINT and ``fastpipe fold --par``."""

import math
from pathlib import Path

import numpy as np

from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.ledger import observation_of
from fastpipe.errors import ConfigError
from fastpipe.io.angles import text_of_degrees
from fastpipe.io.atomic import replacing

_EPHEMERIS = "DE405"
"""The ephemeris to which the built-in one of the search was fitted."""


def write_par(path: Path, tables: CatalogueTables, candidate: np.void) -> None:
    """Write a candidate as an ephemeris.

    Spin and its drift are those of the refined fold at the middle of the observation (TDB), the position is that of the
    beam: good enough for this observation, too far off to connect it with others.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    tables
        The catalogue.
    candidate
        Row of the candidate.

    Raises
    ------
    ConfigError
        If its period is not barycentric, its orbit is in another ephemeris, the position is unknown, or the file cannot be
        written.
    ResourceError
        If the disk is full.
    """
    _check(tables, candidate)
    text = "".join(f"{name:<10} {value}\n" for name, value in _lines(tables, candidate))
    comment = f"# Candidate {candidate['cand_id']} of fastpipe: found in one observation, good for its time only.\n"
    with replacing(path) as temporary:
        temporary.write_text(comment + text, "utf-8")


def _check(tables: CatalogueTables, candidate: np.void) -> None:
    observation = observation_of(tables.observations, candidate)
    if tables.frame != "barycentric":
        raise ConfigError(
            "found periods at the telescope in the catalogue, expected barycentric ones for a .par file; search again with "
            '--frame barycentric and, where the header has none, --position "RA DEC"'
        )
    if "ephemeris" in tables.provenance:
        raise ConfigError(
            "found a fold with an ephemeris in the catalogue, expected a candidate of a search or a fold at a period; take "
            "the .par file of that fold"
        )
    if not (np.isfinite(observation["ra_deg"]) and np.isfinite(observation["dec_deg"])):
        raise ConfigError("found no position of the candidate, expected one for a .par file; search again with --position")


def _lines(tables: CatalogueTables, candidate: np.void) -> list[tuple[str, str]]:
    observation = observation_of(tables.observations, candidate)
    ra_text, dec_text = (
        text_of_degrees(float(observation["ra_deg"]), 15.0),
        text_of_degrees(float(observation["dec_deg"]), 1.0),
    )
    freq_hz, fdot_hz_s = float(candidate["freq_hz"]), float(candidate["fdot_hz_s"]) + 0.0
    freq_err_hz = float(candidate["period_err_s"]) * freq_hz**2
    fddot_hz_s2 = -float(candidate["jerk_m_s3"]) * freq_hz / SPEED_OF_LIGHT_M_S + 0.0
    lines = [
        ("PSR", _name(candidate, ra_text, dec_text)),
        ("RAJ", ra_text),
        ("DECJ", dec_text),
        ("F0", _fitted(freq_hz, freq_err_hz)),
        ("F1", _fitted(fdot_hz_s, float(candidate["fdot_err_hz_s"])) if fdot_hz_s else "0.0"),
        *([("F2", repr(fddot_hz_s2))] if fddot_hz_s2 else []),
        ("PEPOCH", f"{candidate['epoch_mjd']:.12f}"),
        ("DM", _fitted(float(candidate["dm"]), float(candidate["dm_err"]))),
        ("EPHEM", _EPHEMERIS),
        ("CLK", "TT(TAI)"),
        ("UNITS", "TDB"),
    ]
    return lines


def _fitted(value: float, error: float) -> str:
    """Write a value with the flag that it is to be fitted, and its uncertainty where it has one."""
    return f"{value!r} 1 {error:.3g}" if math.isfinite(error) and error > 0.0 else repr(value)


def _name(candidate: np.void, ra_text: str, dec_text: str) -> str:
    """Return the name of the pulsar that it is, or one from its position such as J0534+2200."""
    known = str(candidate["known_pulsar"].item().decode("utf-8", "replace"))
    if known and candidate["known_harmonic"].item() == b"1":
        return known
    hours, minutes, _ = ra_text.split(":")
    degrees, arcminutes, _ = dec_text.split(":")
    return f"J{hours}{minutes}{degrees}{arcminutes}"
