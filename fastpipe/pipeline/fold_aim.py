"""At what a recording is folded: a request carried on to its time, and checked against it."""

from dataclasses import dataclass, replace

import numpy as np

from fastpipe.algorithms.phase_model import spin_at, time_of_pulsar
from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.header import Header
from fastpipe.data.pulsar_ephemeris import PulsarEphemeris
from fastpipe.dispersion import dm_delay_s
from fastpipe.errors import ConfigError, FileFormatError
from fastpipe.pipeline.fold_candidates import FoldTarget
from fastpipe.pipeline.fold_request import FoldRequest
from fastpipe.pipeline.frame import SearchFrame
from fastpipe.pipeline.preflight import longest_dm

_PHASE_ERROR_TURNS = 1e-6
"""Largest error in turns that the pieces of the time of a pulsar may make."""


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
