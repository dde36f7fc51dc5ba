"""What a person asks to be folded: a spin, an ephemeris, or a row of a catalogue."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fastpipe.algorithms.phase_model import spin_at, time_of_pulsar
from fastpipe.config import SearchConfig, override
from fastpipe.constants import SECONDS_PER_DAY, SPEED_OF_LIGHT_M_S
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.header import Header
from fastpipe.data.ledger import candidate_row, observation_of
from fastpipe.data.pulsar_ephemeris import PulsarEphemeris
from fastpipe.data.tables import Table
from fastpipe.dispersion import dm_delay_s
from fastpipe.errors import ConfigError, FileFormatError
from fastpipe.io.catalogue import read_catalogue
from fastpipe.io.par_file import read_par_file
from fastpipe.pipeline.fold_candidates import FoldTarget
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.preflight import longest_dm

_PHASE_ERROR_TURNS = 1e-6
"""Largest error in turns that the pieces of the time of a pulsar may make."""


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


@dataclass(frozen=True, slots=True)
class FoldAim:
    """A request settled for one recording."""

    target: FoldTarget
    """Spin in the middle of the recording, and DM."""
    frame: SearchFrame
    """Frame of the spin: with an ephemeris that of the pulsar itself, its orbit taken out."""


def settle(request: FoldRequest, header: Header, frame: SearchFrame) -> FoldAim:
    """Work out at what a recording is folded.

    Parameters
    ----------
    request
        What is asked for.
    header
        Of the recording, with the position that counts.
    frame
        Frame of the fold.

    Returns
    -------
    FoldAim
        What and in which time.

    Raises
    ------
    ConfigError
        If the DM is missing, negative or too large for the recording, if the period is below two samples or above the length
        of the recording, or if the spin changes its sign or becomes too fast within it.
    FileFormatError
        If the orbit is impossible at the time of the recording.
    """
    dm = _settle_dm(request, header)
    spin, epoch_mjd = request.spin, frame.epoch_mjd(header)
    if isinstance(spin, PulsarEphemeris):
        freq_hz, fdot, fddot = spin_at(spin.spin_hz, (epoch_mjd - spin.epoch_mjd) * SECONDS_PER_DAY)
    else:
        elapsed_s = 0.0 if spin.epoch_mjd is None else (epoch_mjd - spin.epoch_mjd) * SECONDS_PER_DAY
        freq_hz, fdot, fddot = spin_at((spin.freq_hz, spin.fdot_hz_s, spin.fddot_hz_s2), elapsed_s)
    least_s, longest_s = 2.0 * header.tsamp, header.tobs_s
    if not (freq_hz > 0.0 and least_s <= 1.0 / freq_hz <= longest_s):
        period_s = 1.0 / freq_hz if freq_hz > 0.0 else np.inf
        raise ConfigError(
            f"found a period of {period_s:.6g} s to fold, expected {least_s:.6g} s (two samples) to {longest_s:.6g} s (the "
            "recording); correct the period, or take another recording"
        )
    ends_s = np.array([-0.5, 0.5]) * longest_s
    at_ends_hz = freq_hz + fdot * ends_s + 0.5 * fddot * ends_s**2
    if not ((at_ends_hz > 0.0) & (at_ends_hz <= 1.0 / least_s)).all():
        raise ConfigError(
            f"found a spin that goes from {at_ends_hz[0]:.6g} Hz to {at_ends_hz[1]:.6g} Hz within the recording, expected "
            f"above 0 to {1.0 / least_s:.6g} Hz (two samples); correct its derivative"
        )
    if isinstance(spin, PulsarEphemeris):
        frame = _frame_of_pulsar(spin, header, frame, dm, freq_hz)
    return FoldAim(FoldTarget(freq_hz, dm, fdot, fddot), frame)


def _settle_dm(request: FoldRequest, header: Header) -> float:
    dm = request.dm
    if dm is None and isinstance(request.spin, PulsarEphemeris):
        dm = request.spin.dm_at(header.mid_mjd)
    if header.dm is not None:
        return header.dm
    if dm is None:
        raise ConfigError("found no DM to fold at, expected one for a recording with channels; give it with --dm")
    if not 0.0 <= dm < np.inf:
        raise ConfigError(f"found a DM of {dm} pc cm^-3, expected no negative number; correct it")
    longest = longest_dm(header)
    if dm > longest:
        raise ConfigError(
            f"found a DM of {dm:.6g} pc cm^-3, expected at most {longest:.5g}, whose sweep of the band is as long as the "
            f"recording of {header.tobs_s:.4g} s; correct it"
        )
    return dm


def _frame_of_pulsar(
    ephemeris: PulsarEphemeris, header: Header, frame: SearchFrame, dm: float, freq_hz: float
) -> SearchFrame:
    """Return the frame in which a pulsar spins evenly."""
    recorded = frame.model
    if recorded is None:
        ends_s = np.array([0.0, header.tobs_s])
        recorded = BarycentricModel(
            start_mjd_tdb=header.tstart, mid_mjd_tdb=header.mid_mjd, topocentric_s=ends_s, barycentric_s=ends_s
        )
    _check_orbit(ephemeris, recorded.mid_mjd_tdb)
    # The header of a series need not say a frequency.
    top_mhz = float(header.descending_freqs_mhz[0])
    model = time_of_pulsar(
        recorded,
        ephemeris.orbit,
        header.tobs_s,
        delay_s=float(dm_delay_s(dm, top_mhz)) if top_mhz > 0.0 else 0.0,
        error_s=_PHASE_ERROR_TURNS / freq_hz,
    )
    remarks = frame.remarks + ephemeris.remarks
    if ephemeris.orbit is not None:
        remarks += ("The period is that of the pulsar itself: its motion in the binary system is taken out.",)
    if frame.name == "topocentric":
        remarks += ("The ephemeris was taken for one at the telescope, because the barycentre cannot be had.",)
    return replace(frame, model=model, remarks=remarks)


def _check_orbit(ephemeris: PulsarEphemeris, mjd: float) -> None:
    orbit = ephemeris.orbit
    if orbit is None:
        return
    since_epoch_s = (mjd - orbit.epoch_mjd) * SECONDS_PER_DAY
    eccentricity = orbit.eccentricity_at(since_epoch_s)
    x_s = abs(orbit.x_s + orbit.xdot * since_epoch_s)
    angular_freq_hz = float(orbit.angular_freq_hz(np.array(since_epoch_s)))
    is_possible = 0.0 <= eccentricity < 1.0 and angular_freq_hz > 0.0
    # End-on at periastron.
    velocity = angular_freq_hz * x_s * np.sqrt((1.0 + eccentricity) / (1.0 - eccentricity)) if is_possible else np.inf
    if not velocity < 1.0:
        raise FileFormatError(
            f"found an orbit of {ephemeris.name or 'a pulsar'} that is impossible at MJD {mjd:.6g} of the recording, "
            "expected an eccentricity below 1 and a velocity below that of light; correct the orbit in the .par file"
        )
