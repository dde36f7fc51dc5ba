"""Which candidates are known pulsars: position, DM and frequency agree better than chance would make them.

Frequencies are compared at every ratio of two whole numbers up to 16, the simple ones first. The more pulsars and ratios
are compared, and the wider their tolerances, the more of them fit by chance; a name is given only where that is rare.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.beam_pattern import SIDE_LOBE_OF_CUBE
from fastpipe.constants import DAYS_PER_YEAR, SECONDS_PER_DAY
from fastpipe.data.tables import Table

CHANCE_MAX: Final = 1e-3
"""Largest probability that a candidate unrelated to all known pulsars gets a name."""

_LARGEST: Final = 16
# Ratios of frequencies; the simplest have the smallest product of their numbers.
RATIOS: Final = tuple(
    sorted(
        (Fraction(p, q) for p in range(1, _LARGEST + 1) for q in range(1, _LARGEST + 1) if math.gcd(p, q) == 1),
        key=lambda ratio: (ratio.numerator * ratio.denominator, -ratio),
    )
)
"""Frequency of a candidate over that of a pulsar, simple ones first."""

_RANK_OF_ASCENDING: Final = np.argsort(np.array(RATIOS, np.float64))
_ASCENDING: Final = np.sort(np.array(RATIOS, np.float64))
_BETWEEN: Final = np.sqrt(_ASCENDING[1:] * _ASCENDING[:-1])

# Chance is that of a candidate whose frequency is anywhere between 0.1 Hz and 1 kHz, evenly in its logarithm.
_LOG_FREQ_RANGE: Final = math.log(1e4)
# Relative errors of frequencies: glitches and timing noise; orbits of which nothing is known.
_GLITCH: Final = 1e-5
_UNKNOWN_ORBIT: Final = 1e-3
# Of pulsars whose spin-down or epoch nobody measured: relative spin-down in s^-1 at an age of 160,000 years, and 30 years.
_UNKNOWN_SPINDOWN_S: Final = 1e-13
_UNKNOWN_SPAN_S: Final = 30 * DAYS_PER_YEAR * SECONDS_PER_DAY
# Three standard deviations count, also of the jitter of single pulses, a hundredth of a turn.
_ERRORS: Final = 3.0
_JITTER_TURNS: Final = 0.01
_UNKNOWN_FLUX_MJY: Final = 0.1
_LEAST_FLUX_MJY: Final = 1e-3
# DMs differ by the change of the profile over the band, and from epoch to epoch.
_DM_ALLOWANCE: Final = 1.0
_DM_PART: Final = 0.01
_FARTHEST_WIDTHS: Final = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SkyBeam:
    """Where a telescope looked."""

    ra_deg: float = math.nan
    """Right ascension in degrees; NaN where it is unknown."""
    dec_deg: float = math.nan
    """Declination in degrees; NaN where it is unknown."""
    radius_arcmin: float = 60.0
    """Distance at which pulsars of any brightness are expected: the full width of the beam."""
    offset_arcmin: float = 0.0
    """How far the beam may lie from the position, in an unknown direction."""
    flux_limit_mjy: float = math.inf
    """Flux density at 1400 MHz that can be seen in the middle of the beam; brighter pulsars are seen in side lobes."""


@dataclass(frozen=True, slots=True)
class KnownMatch:
    """A known pulsar that a candidate is."""

    row: int
    """Row of the pulsar in the table."""
    ratio: Fraction
    """Frequency of the candidate over that of the pulsar."""
    chance: float
    """Probability that any known pulsar would match as well by chance."""


def match_known_pulsars(
    candidates: Table, pulsars: Table, beam: SkyBeam, tobs_s: float, doppler: float = 0.0
) -> list[KnownMatch | None]:
    """Find for every candidate the known pulsar that it is.

    A pulsar is compared where it lies in the beam, or so near that its flux shows in side lobes, and where its DM agrees
    within three standard deviations, 1 pc cm^-3 and a hundredth. Each of these has a share s in the chance of a false name,
    as the root of its flux, for bright ones are met more often. The k-th simplest ratio of one whose frequency is known to
    a part d then counts as a match by chance with probability ``2 d k / (s ln(10^4))``. Where the position is unknown,
    shares are small, so only close matches count.

    Parameters
    ----------
    candidates
        Candidates of one observation: columns `freq_hz`, `period_s`, `period_err_s`, `epoch_mjd`, `dm`, `dm_err`.
    pulsars
        Columns KNOWN_PULSAR_COLUMNS.
    beam
        Where the telescope looked.
    tobs_s
        Length of the observation in s.
    doppler
        Largest relative difference between frequencies of the candidates and at the barycentre.

    Returns
    -------
    list of KnownMatch or None
        One for each candidate.

    References
    ----------
    Manchester et al. 2005, AJ 129, 1993 (the catalogue).
    """
    is_near = _in_beam(pulsars, beam)
    rows = np.flatnonzero(is_near)
    near = pulsars[rows]
    # Without a position and without a DM nothing but the frequency would be left.
    needs_dm = bool(np.isnan(beam.ra_deg)) | np.isnan(near["ra_deg"])
    matches: list[KnownMatch | None] = []
    for candidate in candidates:
        agrees = np.flatnonzero(_dm_agrees(candidate, near, needs_dm))
        found = _best_ratio(candidate, near[agrees], tobs_s, doppler)
        matches.append(found and KnownMatch(int(rows[agrees[found.row]]), found.ratio, found.chance))
    return matches


def angular_distance_deg(pulsars: Table, ra_deg: float, dec_deg: float) -> NDArray[np.float64]:
    """Return how far pulsars are from a point of the sky, by the haversine formula.

    Parameters
    ----------
    pulsars
        Columns `ra_deg` and `dec_deg`.
    ra_deg, dec_deg
        The point in degrees.

    Returns
    -------
    ndarray
        Distances in degrees, NaN where a position is unknown, shape [npulsars].
    """
    ra, dec = np.deg2rad(pulsars["ra_deg"] - ra_deg), np.deg2rad(pulsars["dec_deg"])
    across = np.sin((dec - np.deg2rad(dec_deg)) / 2.0) ** 2
    along = np.cos(dec) * np.cos(np.deg2rad(dec_deg)) * np.sin(ra / 2.0) ** 2
    return np.asarray(np.rad2deg(2.0 * np.arcsin(np.sqrt(np.clip(across + along, 0.0, 1.0)))))


def _in_beam(pulsars: Table, beam: SkyBeam) -> NDArray[np.bool_]:
    """Tell which pulsars may be seen; all of them where one of the positions is unknown."""
    distance = 60.0 * angular_distance_deg(pulsars, beam.ra_deg, beam.dec_deg)
    excess = np.nan_to_num(pulsars["flux_1400_mjy"]) / beam.flux_limit_mjy
    widths = np.clip((SIDE_LOBE_OF_CUBE * excess) ** (1.0 / 3.0), 1.0, _FARTHEST_WIDTHS)
    reach = widths * beam.radius_arcmin + _ERRORS * 60.0 * np.nan_to_num(pulsars["position_err_deg"])
    is_near = (distance <= reach) | (np.abs(distance - beam.offset_arcmin) <= reach)
    return np.asarray(is_near | np.isnan(distance))


def _dm_agrees(candidate: np.void, pulsars: Table, needs_dm: NDArray[np.bool_]) -> NDArray[np.bool_]:
    own_error = math.inf if np.isnan(candidate["dm_err"]) else float(candidate["dm_err"])
    error = _ERRORS * np.hypot(own_error, pulsars["dm_err"])
    allowed = error + _DM_ALLOWANCE + _DM_PART * pulsars["dm"]
    return np.asarray((np.abs(pulsars["dm"] - candidate["dm"]) <= allowed) | (np.isnan(pulsars["dm"]) & ~needs_dm))


def _best_ratio(candidate: np.void, pulsars: Table, tobs_s: float, doppler: float) -> KnownMatch | None:
    """Return the match that chance explains least, or None if chance explains all of them."""
    freq_hz, error = _freq_at(pulsars, float(candidate["epoch_mjd"]))
    turns = max(candidate["freq_hz"] * tobs_s, 1.0)
    # The slope of a line through the phases of all turns.
    jitter = _JITTER_TURNS * math.sqrt(12.0 / turns) / turns
    own_error = _ERRORS * float(np.hypot(candidate["period_err_s"] / candidate["period_s"], jitter))
    tolerance = error + own_error + doppler
    ratio = candidate["freq_hz"] / freq_hz
    # No two ratios are so near that both fit a frequency which is known well enough to tell anything.
    nearest = np.searchsorted(_BETWEEN, ratio)
    offset, rank = np.abs(ratio / _ASCENDING[nearest] - 1.0), _RANK_OF_ASCENDING[nearest]
    flux = np.maximum(np.nan_to_num(pulsars["flux_1400_mjy"], nan=_UNKNOWN_FLUX_MJY), _LEAST_FLUX_MJY)
    share = np.sqrt(flux) / np.sqrt(flux).sum()
    chance = 2.0 * tolerance / share * (rank + 1) / _LOG_FREQ_RANGE
    chance[(offset > tolerance) | (chance > CHANCE_MAX)] = np.inf
    row = int(np.argmin(chance)) if len(chance) else -1
    return KnownMatch(row, RATIOS[rank[row]], float(chance[row])) if row >= 0 and np.isfinite(chance[row]) else None


def _freq_at(pulsars: Table, epoch_mjd: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the frequencies in Hz at an epoch, and how well they are known, as parts; each of shape [npulsars]."""
    span_s = (epoch_mjd - pulsars["epoch_mjd"]) * SECONDS_PER_DAY
    drift = np.nan_to_num(pulsars["fdot_hz_s"] * span_s) / pulsars["freq_hz"]
    # A braking index n adds n / 2 of the square of the drift: here 2.5, with room from 1.5 to 3.5.
    error = _GLITCH + 0.5 * drift**2 + _ERRORS * pulsars["freq_err_hz"] / pulsars["freq_hz"]
    spindown = np.abs(np.nan_to_num(pulsars["fdot_hz_s"])) / pulsars["freq_hz"]
    is_old = np.isnan(pulsars["epoch_mjd"])
    error += np.where(is_old, np.maximum(spindown, _UNKNOWN_SPINDOWN_S) * _UNKNOWN_SPAN_S, 0.0)
    error += np.where(np.isnan(pulsars["fdot_hz_s"]) & ~is_old, _UNKNOWN_SPINDOWN_S * np.abs(np.nan_to_num(span_s)), 0.0)
    return pulsars["freq_hz"] * (1.0 + drift + 1.25 * drift**2), error + _orbital_velocity(pulsars)


def _orbital_velocity(pulsars: Table) -> NDArray[np.float64]:
    """Return the largest velocity along the line of sight in the orbit over that of light, shape [npulsars]."""
    e = pulsars["eccentricity"]
    # At periastron seen end-on: (1 + e) / sqrt(1 - e^2) of the velocity of a circular orbit.
    velocity = 2.0 * np.pi * pulsars["projected_axis_s"] / pulsars["orbit_period_s"] * np.sqrt((1.0 + e) / (1.0 - e))
    return np.where(np.isnan(velocity), np.where(pulsars["is_binary"], _UNKNOWN_ORBIT, 0.0), velocity)
