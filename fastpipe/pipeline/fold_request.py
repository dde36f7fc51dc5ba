"""What a person asks to be folded: a spin, an ephemeris, or a row of a catalogue."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fastpipe.config import SearchConfig, override
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.header import Header
from fastpipe.data.ledger import candidate_row, observation_of
from fastpipe.data.pulsar_ephemeris import PulsarEphemeris
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError
from fastpipe.io.catalogue import read_catalogue
from fastpipe.io.par_file import read_par_file


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenSpin:
    """A spin whose phase is a polynomial in the time of the frame."""

    freq_hz: float
    """Spin frequency at the epoch in Hz."""
    fdot_hz_s: float = 0.0
    """Its derivative in Hz s^-1."""
    fddot_hz_s2: float = 0.0
    """Its second derivative in Hz s^-2."""
    epoch_mjd: float | None = None
    """Epoch as MJD, in the time scale of the frame; None for the middle of the recording."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldRequest:
    """What is to be folded, and where it comes from."""

    spin: GivenSpin | PulsarEphemeris
    """The spin."""
    origin: str
    """Where it comes from, in words."""
    dm: float | None = None
    """DM in pc cm^-3; None for that of the ephemeris, or of a series."""
    frame: str = ""
    """Frame that the spin is for, topocentric or barycentric; empty where the configuration says it."""
    position: str = ""
    """Position that the spin is for, as a user writes it; empty for that of configuration or header."""
    birdies: Table | None = None
    """Lines to keep out of the fold, in the frame of the recording; None for none."""
    digest: str = ""
    """Digest of the files in which the spin was found; empty where it was not found by a search."""

    def configured(self, config: SearchConfig, header: Header) -> SearchConfig:
        """Return the configuration with frame and position to fold in: as the user wants, or else as the spin is for."""
        position, frame = config.barycentre.position or self.position, config.barycentre.frame
        if not position and isinstance(self.spin, PulsarEphemeris) and self.spin.path is not None:
            ra_deg, dec_deg = self.spin.path.position_at(header.mid_mjd)
            position = f"{ra_deg:.12f} {dec_deg:.12f}"
        return override(config, position=position, frame=self.frame if self.frame and frame == "auto" else frame)


def spin_request(
    period_s: float, dm: float | None = None, *, accel: float | None = None, pdot: float | None = None
) -> FoldRequest:
    """Ask for a fold at a period.

    Parameters
    ----------
    period_s
        Spin period in the middle of the recording in s, in the frame of the configuration.
    dm
        DM in pc cm^-3; None for that of a series.
    accel
        Acceleration along the line of sight in m s^-2, positive away from us.
    pdot
        Derivative of the period instead.

    Returns
    -------
    FoldRequest
        The request.

    Raises
    ------
    ConfigError
        If a value is impossible, or acceleration and derivative are both given.
    """
    if not 0.0 < period_s < np.inf:
        raise ConfigError(f"found a period of {period_s} s, expected a positive number; correct it")
    if accel is not None and pdot is not None:
        raise ConfigError("found an acceleration and a derivative of the period, expected one of them; leave one out")
    rate = (accel / SPEED_OF_LIGHT_M_S if accel is not None else 0.0) + (pdot / period_s if pdot is not None else 0.0)
    if not np.isfinite(rate):
        raise ConfigError(f"found an acceleration or a derivative of {accel or pdot}, expected a number; correct it")
    spin = GivenSpin(freq_hz=1.0 / period_s, fdot_hz_s=-rate / period_s + 0.0)
    return FoldRequest(spin=spin, dm=dm, origin=f"at a period of {period_s!r} s")


def ephemeris_request(path: Path, dm: float | None = None) -> FoldRequest:
    """Ask for a fold with the ephemeris of a .par file; a DM in pc cm^-3 takes the place of that in the file.

    Raises
    ------
    InputMissingError, FileFormatError
        As `read_par_file`.
    """
    ephemeris = read_par_file(path)
    name = f", {ephemeris.name}" if ephemeris.name else ""
    return FoldRequest(spin=ephemeris, dm=dm, origin=f"with {path.name}{name}")


def catalogue_request(path: Path, cand_id: int, dm: float | None = None) -> FoldRequest:
    """Ask for a fold of a candidate of a catalogue: in its frame, at its position, without its birdies.

    Parameters
    ----------
    path
        The catalogue.
    cand_id
        Number of the candidate.
    dm
        DM in pc cm^-3 instead of that of the candidate.

    Returns
    -------
    FoldRequest
        The request.

    Raises
    ------
    InputMissingError, FileFormatError
        If the catalogue cannot be read.
    ConfigError
        If there is no such candidate, or it was folded with a .par file.
    """
    tables = read_catalogue(path)
    row = tables.candidates[candidate_row(tables.candidates, cand_id)]
    # Merged catalogues have one such text for each they were made of.
    if row["search"] == b"fold" and any(key.split(" [")[0] == "ephemeris" for key in tables.provenance):
        raise ConfigError(
            f"found a fold with a .par file in {path}, expected a candidate of a search, whose spin needs no orbit; "
            "give the .par file again"
        )
    observation = observation_of(tables.observations, row)
    place = observation["ra_deg"].item(), observation["dec_deg"].item()
    freq_hz = float(row["freq_hz"])
    return FoldRequest(
        spin=GivenSpin(
            freq_hz=freq_hz,
            fdot_hz_s=float(row["fdot_hz_s"]),
            fddot_hz_s2=-float(row["jerk_m_s3"]) * freq_hz / SPEED_OF_LIGHT_M_S + 0.0,
            epoch_mjd=float(row["epoch_mjd"]),
        ),
        origin=f"as candidate {cand_id} of {path.name}",
        dm=float(row["dm"]) if dm is None else dm,
        frame=tables.frame,
        position=f"{place[0]!r} {place[1]!r}" if np.isfinite(place).all() else "",
        birdies=tables.birdies.get(int(row["obs_id"])),
        digest=observation["digest"].decode(),
    )
