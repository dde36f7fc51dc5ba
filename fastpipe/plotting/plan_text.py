"""The plan of a search as tables of text."""

import math
from itertools import accumulate
from textwrap import wrap

from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.planned_search import PULSE_WIDTHS_S, PlannedSearch
from fastpipe.data.search_cost import SearchCost
from fastpipe.units import format_bytes, format_seconds

_WIDTH = 110
_SAID_HZ = 100.0


def plan_report(planned: PlannedSearch) -> list[str]:
    """Write the plan of a search as lines of text.

    Parameters
    ----------
    planned
        The plan.

    Returns
    -------
    list of str
        A table of the DM ranges, one of the passes over the recording, one of the times, the sums, and what was given up
        for a deadline.
    """
    lines = [*_range_table(planned), "", *_pass_table(planned.cost), "", *_time_table(planned.cost), "", *_summary(planned)]
    return lines if planned.deadline is None else [*lines, "", *wrap(f"{planned.deadline.sentence()}.", _WIDTH)]


def _range_table(planned: PlannedSearch) -> list[str]:
    widths = "  ".join(f"{1e3 * width_s:g} ms" for width_s in PULSE_WIDTHS_S)
    lines = [
        f"S/N kept (%) at the last DM of a range by pulses of {widths}; smearing there in ms",
        f"{'DM from':>9} {'to':>9} {'step':>7} {'trials':>7} {'downsample':>10} {'sampling':>9} {'channel':>8} {'step':>7} "
        f"{'rounding':>8} {'total':>7}  {'S/N kept':>14}",
    ]
    smearing, ranges = planned.smearing, planned.dispersion.ranges
    terms = (smearing.sampling_s, smearing.channel_s, smearing.step_s, smearing.rounding_s, smearing.total_s)
    kept = [smearing.snr_kept(width_s) for width_s in PULSE_WIDTHS_S]
    ends = accumulate(dm_range.ntrials for dm_range in ranges)
    for dm_range, end in zip(ranges, ends, strict=True):
        values = " ".join(
            f"{1e3 * float(term[end - 1]):{width}.3f}" for term, width in zip(terms, (9, 8, 7, 8, 7), strict=True)
        )
        percent = " ".join(f"{100 * float(fraction[end - 1]):4.0f}" for fraction in kept)
        lines.append(
            f"{dm_range.dm_min:9.3f} {dm_range.dm_max:9.3f} {dm_range.dm_step:7g} {dm_range.ntrials:7d} "
            f"{dm_range.downsample:10d} {values}  {percent}"
        )
    return lines


def _pass_table(cost: SearchCost) -> list[str]:
    lines = [f"{'pass':>4} {'DM from':>9} {'to':>9} {'trials':>7} {'chunks':>6} {'read':>9} {'additions':>9} {'memory':>9}"]
    for number, reading in enumerate(cost.passes, start=1):
        lines.append(
            f"{number:4d} {reading.dm_min:9.3f} {reading.dm_max:9.3f} {reading.ntrials:7d} {reading.nchunks:6d} "
            f"{format_bytes(reading.read_bytes):>9} {reading.additions:9.2g} {format_bytes(reading.peak_bytes):>9}"
        )
    return lines


def _time_table(cost: SearchCost) -> list[str]:
    return [f"{stage.stage:<26} {format_seconds(stage.wall_s):>12}" for stage in cost.stages]


def _summary(planned: PlannedSearch) -> list[str]:
    header, cost = planned.header, planned.cost
    passes = "one pass" if len(cost.passes) == 1 else f"{len(cost.passes)} passes"
    return [
        f"recording  {header.nchans} channels, {format_seconds(header.tobs_s)}, sampled every {1e6 * header.tsamp:.6g} us",
        f"trials     {planned.dispersion.ntrials} DMs; all trials together count as {cost.ntrials:.3g} independent ones",
        *_drift_lines(planned),
        f"time       {format_seconds(cost.wall_s)} with {cost.nthreads} threads; the data were taken in "
        f"{format_seconds(header.tobs_s)}",
        f"folding    {format_seconds(cost.max_folding_s)} for {cost.max_candidates} candidates, the most that are folded",
        f"memory     {format_bytes(cost.peak_bytes)} at most, in {passes} over the recording",
        f"disk       {format_bytes(cost.catalogue_bytes)} at most for the catalogue",
    ]


def _drift_lines(planned: PlannedSearch) -> list[str]:
    """Say which drifts are searched, and below which frequency these are the whole of the physical range."""
    drifts, cost, header = planned.drifts, planned.cost, planned.header
    if drifts is None:
        return []
    if cost.zmax == 0 and cost.wmax == 0:
        return ["drifts     none: what is asked for moves no harmonic by a bin"]
    highest_hz, tobs_s = 0.5 / header.tsamp, header.tobs_s
    extent = _extent(drifts.accel_max, "m/s^2", drifts.zmax / tobs_s**2, highest_hz)
    lines = [f"drifts     up to {cost.zmax:g} Fourier bins: {extent}"]
    if drifts.jerk_max > 0:
        extent = _extent(drifts.jerk_max, "m/s^3", drifts.wmax / tobs_s**3, highest_hz)
        lines.append(f"           that change by up to {cost.wmax:g} bins: {extent}")
    return lines


def _extent(most: float, unit: str, most_hz_s: float, highest_hz: float) -> str:
    """Say below which frequency a drift is the whole of a physical range, or what it is where the range has no end."""
    if math.isinf(most):
        return f"{most_hz_s * SPEED_OF_LIGHT_M_S / _SAID_HZ:.3g} {unit} for a harmonic at {_SAID_HZ:g} Hz"
    whole_hz = most_hz_s * SPEED_OF_LIGHT_M_S / most if most > 0 else math.inf
    return f"{most:g} {unit}" + (f" for harmonics below {whole_hz:.4g} Hz" if whole_hz < highest_hz else "")
