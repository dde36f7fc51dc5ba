"""A night in sentences: what a tired person needs to know of it first."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from fastpipe.data.night_summary import NightCandidate, NightRow, NightSummary, RowStatus
from fastpipe.units import format_bytes, format_seconds

CANDIDATES_SHOWN: Final = 20
"""Candidates on the page and in the table."""

_PROMISING: Final = 0.5
_MOSTLY: Final = 0.5
STATUS_WORDS: Final[dict[RowStatus, str]] = {
    "done": "searched",
    "running": "running",
    "pending": "to be searched",
    "waiting": "incomplete",
    "failed": "failed",
    "quarantined": "bad file",
}
"""What a status is called."""
_ADVICE: Final = {
    2: "correct the configuration or the manifest, then run the night again with --retry-failed",
    3: "see whether the files are still there and may be read",
    5: "see whether its files still arrive",
    6: "give more memory or disk, or fewer jobs at a time, then run the night again with --retry-failed",
    75: "see whether its disk, or another search of it, is in the way, then run the night again with --retry-failed",
    124: "give a longer --time-limit, then run the night again with --retry-failed",
    137: "give more memory or fewer jobs at a time, then run the night again with --retry-failed",
}


def headline(summary: NightSummary) -> str:
    """Say in one sentence whether the night is fine."""
    nrows, ndone = len(summary.rows), summary.count("done")
    if not nrows:
        return "Nothing has arrived yet." if not summary.is_over else "Nothing arrived: there was nothing to search."
    noun = f"observation{'s' * (nrows != 1)}"
    if not summary.is_over:
        return f"The night is at work: {ndone} of {nrows} {noun} searched so far."
    nneeds = len(needs(summary))
    end = "nothing needs you" if not nneeds else f"{nneeds} thing{'s' * (nneeds != 1)} need{'s' * (nneeds == 1)} you"
    if ndone == nrows:
        return f"{'All ' * (nrows > 1)}{nrows} {noun} {'were' if nrows > 1 else 'was'} searched; {end}."
    return f"{ndone} of {nrows} {noun} {'was' if 1 in (ndone, nrows) else 'were'} searched; {end}."


def findings(summary: NightSummary) -> str:
    """Say in one sentence what was found; nothing before the first search is done."""
    if not summary.count("done"):
        return ""
    new = [candidate for candidate in best_candidates(summary) if is_promising(candidate)]
    nseen = sum(pulsar.is_seen for pulsar in summary.pulsars)
    verb = "was" if nseen == 1 else "were"
    known = f"{nseen} of {len(summary.pulsars)} known pulsars in the beams {verb} seen" if summary.pulsars else ""
    if not new:
        parts = ["no new candidate looks like a pulsar", known]
    else:
        best = new[0]
        count = f"{len(new)} new candidate{'s' * (len(new) != 1)} look{'s' * (len(new) == 1)} like a pulsar"
        where = f"beam {best.beams[0]} of {best.observation}" if best.beams[0] else best.observation
        parts = [f"{count}, the best one at {period_text(best.period_s)} and DM {best.dm:.1f} in {where}", known]
    sentence = "; ".join(filter(None, parts))
    return f"{sentence[0].upper()}{sentence[1:]}."


def is_promising(candidate: NightCandidate) -> bool:
    """Tell whether a candidate is new and looks like a pulsar."""
    return not candidate.known_pulsar and candidate.score >= _PROMISING and candidate.log10_fap < 0


def best_candidates(summary: NightSummary) -> list[NightCandidate]:
    """Return the candidates by their score, and of equal ones the strongest first."""
    return sorted(
        summary.candidates, key=lambda found: (-round(_finite(found.score), 2), -_finite(found.snr), found.cand_id)
    )


def needs(summary: NightSummary) -> list[str]:
    """Say what a person has to look at, the most serious first.

    Returns
    -------
    list of str
        One sentence each; none if all is well. What still runs needs nobody.
    """
    rows = summary.rows
    sentences = [
        f"{names} failed: {_ended(row.reason)} {_advice(row)}"
        for names, row in _alike([row for row in rows if row.status == "failed"])
    ]
    sentences += [
        f"{names} cannot be read: {_ended(row.reason)} It is searched when its files have changed."
        for names, row in _alike([row for row in rows if row.status == "quarantined"])
    ]
    if summary.is_over:
        sentences += _unfinished(summary)
    sentences += [
        f"{pulsar.name} is missed in {pulsar.observation}: {_ended(pulsar.reason)}"
        for pulsar in summary.pulsars
        if pulsar.is_alarm and not pulsar.is_seen
    ]
    sentences += [
        f"{row.name} is mostly interference: {100 * row.masked_fraction:.0f} % of its data is masked."
        for row in rows
        if row.masked_fraction > _MOSTLY
    ]
    return [*sentences, *(remark for remark in summary.remarks if " is not in the catalogue of the night: " in remark)]


def _unfinished(summary: NightSummary) -> list[str]:
    """Say what the night leaves to the next run, or to the person."""
    sentences = [
        f"{names} is not complete: {_ended(row.reason)} The next run searches it when it is."
        for names, row in _alike([row for row in summary.rows if row.status == "waiting"])
    ]
    left = summary.count("pending", "running")
    if left:
        sentences.append(f"{left} observation{'s' * (left != 1)} could not be searched in time: run the night again.")
    return sentences + [
        f"No file fits {pattern} of the manifest: correct the pattern, or see what became of the files."
        for pattern in summary.unmatched_patterns
    ]


def _alike(rows: Sequence[NightRow]) -> Iterator[tuple[str, NightRow]]:
    """Put together what has one cause, as when all searches of a night fail of it; yields names and one of the rows."""
    causes: dict[tuple[str, int | None], list[NightRow]] = {}
    for row in rows:
        causes.setdefault((row.reason, row.exit_code), []).append(row)
    for alike in causes.values():
        more = f" (and {len(alike) - 1} more)" if len(alike) > 1 else ""
        yield f"{alike[0].name}{more}", alike[0]


def _advice(row: NightRow) -> str:
    advice = _ADVICE.get(
        row.exit_code or 0, f"its log is {row.name}/search.log; then run the night again with --retry-failed"
    )
    return f"{advice[0].upper()}{advice[1:]}."


def _ended(sentence: str) -> str:
    """End a sentence by a full stop."""
    return f"{sentence.rstrip('.')}." if sentence else ""


def totals(summary: NightSummary) -> list[tuple[str, str]]:
    """Return what the night was in numbers: names and values."""
    wall_s = max(summary.updated_unix_s - summary.start_unix_s, 0.0)
    return [
        ("observations", f"{summary.count('done')} of {len(summary.rows)}"),
        ("candidates", str(len(summary.candidates))),
        ("observed", format_seconds(summary.tobs_s) if summary.tobs_s else "-"),
        ("read", format_bytes(summary.searched_bytes)),
        ("took", format_seconds(wall_s)),
        ("core-hours", f"{summary.core_s / 3600:.3g}"),
    ]


def night_table(summary: NightSummary) -> list[str]:
    """Write the night as text for a terminal: what happened, what needs a person, the best candidates."""
    lines = [headline(summary), *filter(None, [findings(summary)])]
    lines += [f"! {sentence}" for sentence in needs(summary)]
    counts = {words: summary.count(status) for status, words in STATUS_WORDS.items()}
    if summary.rows:
        lines += ["", "  ".join(f"{words} {count}" for words, count in counts.items() if count)]
    shown = best_candidates(summary)[:CANDIDATES_SHOWN]
    if not shown:
        return lines
    cells = [("#", "score", "S/N", "P (ms)", "DM", "beams", "observation", "note")]
    cells += [
        (
            str(found.cand_id),
            number_text(found.score, ".2f"),
            number_text(found.snr, ".1f"),
            f"{1e3 * found.period_s:.7g}",
            f"{found.dm:.2f}",
            beams_text(found.beams),
            found.observation,
            note_text(found),
        )
        for found in shown
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines += ["", *("  ".join([*map(str.rjust, line[:-1], widths), line[-1]]).rstrip() for line in cells)]
    more = len(summary.candidates) - len(shown)
    return [*lines, f"... and {more} more"] if more else lines


def note_text(candidate: NightCandidate) -> str:
    """Name the known pulsar that a candidate is, and say what the mask may have done to it."""
    warning = f"the mask {candidate.warning}" if candidate.warning else ""
    return ", ".join(filter(None, (candidate.known_pulsar, warning)))


def beams_text(beams: tuple[int, ...]) -> str:
    """Write numbers of beams; a dash for a telescope with one beam.

    Examples
    --------
    >>> beams_text((7, 2, 18)), beams_text((0,)), beams_text(tuple(range(1, 20)))
    ('7, 2, 18', '-', '1, 2, 3, 4, 5 and 14 more')
    """
    if not any(beams):
        return "-"
    more = len(beams) - 6
    if more <= 0:
        return ", ".join(map(str, beams))
    return f"{', '.join(map(str, beams[:5]))} and {more + 1} more"


def period_text(period_s: float) -> str:
    """Write a period with a unit that suits it.

    Examples
    --------
    >>> period_text(0.0333924), period_text(1.337302)
    ('33.3924 ms', '1.337302 s')
    """
    return f"{period_s:.7g} s" if period_s >= 1 else f"{1e3 * period_s:.7g} ms"


def number_text(value: float, form: str) -> str:
    """Write a number; a dash where there is none."""
    return format(value, form) if math.isfinite(value) else "-"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else -math.inf
