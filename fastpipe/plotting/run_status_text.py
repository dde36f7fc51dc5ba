"""The searches of a run as a table of text."""

from datetime import datetime
from textwrap import shorten

from fastpipe.data.run_status import RunReport, SearchReport
from fastpipe.units import format_seconds

_NAME_WIDTH = 40
_WIDTH = 110


def run_status_text(report: RunReport) -> list[str]:
    """Write the searches of a run as lines of text.

    Parameters
    ----------
    report
        The searches.

    Returns
    -------
    list of str
        A table with one line a search, and sentences on all of them. Times are those of the clock of this machine.
    """
    width = min(max(len(name) for name in ("observation", *(search.name for search in report.searches))), _NAME_WIDTH)
    head = f"{'observation':<{width}} {'state':<11} {'shards':>13} {'rate':>10} {'elapsed':>11}  remark"
    return [head, *(_row(search, width) for search in report.searches), "", *_summary(report)]


def _row(search: SearchReport, width: int) -> str:
    # The end of a long name tells beams apart.
    name = search.name if len(search.name) <= width else "..." + search.name[3 - width :]
    shards = f"{search.nshards_done} of {search.nshards}" if search.nshards else "-"
    rate = f"{60 * search.shards_per_s:.3g}/min" if search.state == "running" and search.shards_per_s else "-"
    elapsed = format_seconds(search.elapsed_s) if search.elapsed_s else "-"
    row = f"{name:<{width}} {search.state:<11} {shards:>13} {rate:>10} {elapsed:>11}  {_remark(search)}"
    return row.rstrip()


def _remark(search: SearchReport) -> str:
    if search.state == "running":
        return f"{search.stage} on {search.host}" if search.stage else f"on {search.host}"
    code = f"exit code {search.exit_code}" if search.exit_code else ""
    return ": ".join(filter(None, [code, shorten(search.reason, _WIDTH, placeholder=" ...")]))


def _summary(report: RunReport) -> list[str]:
    counts = ", ".join(f"{count} {state}" for state, count in report.counts.items() if count)
    lines = [f"{len(report.searches)} observations: {counts}."]
    nshards = sum(search.nshards for search in report.searches)
    if nshards:
        done = sum(search.nshards_done for search in report.searches)
        lines.append(f"{done} of {nshards} known shards done{_forecast(report)}.")
    return lines


def _forecast(report: RunReport) -> str:
    end = report.end_unix_s
    if end is None:
        return ""
    clock = datetime.fromtimestamp(end).astimezone().strftime("%Y-%m-%d %H:%M %Z")
    left = format_seconds(end - report.now_unix_s)
    return f", {60 * report.shards_per_s:.3g} a minute; all would be done in {left} ({clock})"
