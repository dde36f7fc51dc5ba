"""The numbers of a candidate as a person reads them: with errors, units, and words for what only experts know."""

import math

import numpy as np

from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.plotting.candidate_words import known_text, text_of
from fastpipe.plotting.number_text import false_alarms_text, with_error, with_small_error
from fastpipe.units import format_angle


def number_rows(candidate: np.void, observation: np.void) -> list[tuple[str, str]]:
    """Return names and values of everything known of a candidate, in the order of its page.

    Parameters
    ----------
    candidate
        Row of a table with the columns of `CANDIDATE_COLUMNS`.
    observation
        Row of the observation it was found in, with the columns of `OBSERVATION_COLUMNS`.

    Returns
    -------
    list of tuple of str
        Name, and value with error and unit.
    """
    nharm, ndetections = int(candidate["nharm"]), int(candidate["ndetections"])
    search, log10_fap = text_of(candidate, "search"), float(candidate["log10_fap"])
    found_by = (
        "folded by hand" if search == "fold" else f"{search}, {ndetections} detection{'s' * (ndetections != 1)} merged"
    )
    rows = [
        *_spin_rows(candidate),
        ("DM", f"{with_error(float(candidate['dm']), float(candidate['dm_err']))} pc/cm³"),
        ("S/N", f"{candidate['snr']:.1f} of the folded profile"),
        ("H statistic", f"{candidate['h_statistic']:.0f} (noise exceeds 17 in one of 1000)"),
        ("significance", f"{candidate['sigma']:.1f} sigma in one trial, {nharm} harmonic{'s' * (nharm != 1)}"),
        ("noise gives it", false_alarms_text(log10_fap) if math.isfinite(log10_fap) else ""),
        ("width", _width_text(candidate)),
        *_place_rows(candidate, observation),
        ("mask", _mask_text(candidate)),
        ("warning", text_of(candidate, "warning")),
        ("found by", found_by),
        ("grade", text_of(candidate, "label")),
        ("score", f"{candidate['score']:.2f} (probability that it is a pulsar)"),
    ]
    return [(name, value) for name, value in rows if value and "nan" not in value.split()]


def _spin_rows(candidate: np.void) -> list[tuple[str, str]]:
    period_s, period_err_s = float(candidate["period_s"]), float(candidate["period_err_s"])
    topocentric_s = float(candidate["topocentric_period_s"])
    # Only one that is not barycentric is the same as that at the telescope, to the last digit.
    is_barycentric = topocentric_s != period_s
    fdot, fdot_err = float(candidate["fdot_hz_s"]), float(candidate["fdot_err_hz_s"])
    to_accel = period_s * SPEED_OF_LIGHT_M_S
    freq_err_hz = period_err_s / period_s**2 if period_s > 0 else math.nan
    rows = [
        ("period", f"{with_error(1e3 * period_s, 1e3 * period_err_s)} ms{' (barycentric)' * is_barycentric}"),
        ("at the telescope", f"{with_error(1e3 * topocentric_s, 1e3 * period_err_s)} ms" if is_barycentric else ""),
        ("frequency f", f"{with_error(float(candidate['freq_hz']), freq_err_hz)} Hz"),
        ("drift df/dt", f"{with_small_error(fdot, fdot_err)} Hz/s"),
        ("acceleration", f"{_accel_text(float(candidate['accel_m_s2']), fdot_err * to_accel)} m/s²"),
        ("jerk", f"{candidate['jerk_m_s3']:.4g} m/s³" if candidate["jerk_m_s3"] else ""),
        ("epoch", f"MJD {candidate['epoch_mjd']:.8f} {'TDB' if is_barycentric else 'UTC'}"),
    ]
    return [(name, value) for name, value in rows if value]


def _accel_text(accel: float, error: float) -> str:
    """Write the acceleration with its uncertainty, which is that of the drift."""
    return with_error(accel + 0.0, error) if math.isfinite(error) and error > 0 else f"{accel + 0.0:.4g}"


def _width_text(candidate: np.void) -> str:
    width, period_s = float(candidate["width_phase"]), float(candidate["period_s"])
    return f"{width:.3f} turns = {1e3 * width * period_s:.3g} ms"


def _place_rows(candidate: np.void, observation: np.void) -> list[tuple[str, str]]:
    ra_deg, dec_deg = float(observation["ra_deg"]), float(observation["dec_deg"])
    is_placed = math.isfinite(ra_deg) and math.isfinite(dec_deg)
    sign = "+" if dec_deg >= 0 else ""
    position = f"{format_angle(ra_deg, 15.0, 1)} {sign}{format_angle(dec_deg, 1.0, 1)} J2000" if is_placed else ""
    beams = text_of(candidate, "beams")
    own = str(observation["beam"])
    return [
        ("known pulsar", known_text(candidate)),
        ("position", position),
        ("beam", own if beams in ("", own) else f"{own}, seen in {beams}"),
    ]


def _mask_text(candidate: np.void) -> str:
    """Say what the mask took of the pulse; nothing where it took nothing."""
    masked, unmasked = float(candidate["masked_fraction"]), float(candidate["snr_unmasked"])
    parts = [
        f"{masked:.0%} of the pulse" if masked >= 0.005 else "",
        f"S/N {unmasked:.1f} without it" if math.isfinite(unmasked) else "",
    ]
    return "; ".join(filter(None, parts))
