"""The plan of a search as tables of text."""

from itertools import accumulate
from textwrap import wrap

from fastpipe.data.planned_search import PULSE_WIDTHS_S, PlannedSearch
from fastpipe.data.search_cost import SearchCost
from fastpipe.units import format_bytes, format_seconds

_WIDTH = 110


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
        f"trials     {planned.dispersion.ntrials} DMs, {cost.ntrials:.3g} with frequencies and harmonics",
        f"time       {format_seconds(cost.wall_s)} with {cost.nthreads} threads; the data were taken in "
        f"{format_seconds(header.tobs_s)}",
        f"memory     {format_bytes(cost.peak_bytes)} at most, in {passes} over the recording",
        f"disk       {format_bytes(cost.catalogue_bytes)} at most for the catalogue",
    ]
