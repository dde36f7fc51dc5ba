"""The page of a night: one file, no network, no script."""

from datetime import UTC, datetime
from html import escape
from typing import Final

from fastpipe.data.night_summary import NightSummary
from fastpipe.plotting.html_page import html_page, listing, section, table, tiles
from fastpipe.plotting.night_text import (
    CANDIDATES_SHOWN,
    STATUS_WORDS,
    beams_text,
    best_candidates,
    findings,
    headline,
    is_promising,
    needs,
    note_text,
    number_text,
    period_text,
    totals,
)
from fastpipe.units import format_bytes, format_seconds

_REFRESH_S: Final = 60


def night_page(summary: NightSummary) -> str:
    """Return the page of a night as HTML.

    Parameters
    ----------
    summary
        The night.

    Returns
    -------
    str
        A page that needs nothing else; all texts from outside are escaped.
    """
    needed = needs(summary)
    mood = "busy" if not summary.is_over else "needs" if needed else "fine"
    start, now = _time(summary.start_unix_s), _time(summary.updated_unix_s)
    remarks = [remark for remark in summary.remarks if remark not in needed]
    parts = [
        f'<header class="{mood}"><h1>{escape(headline(summary))}</h1><p>{escape(findings(summary))}</p>',
        f"<p class=small>{escape(summary.inbox)} &middot; {start} to {now} UTC</p></header>",
        tiles(totals(summary)),
        section("Needs you", listing(needed)) if needed else "",
        section(_candidate_title(summary), _candidates(summary)) if summary.rows else "",
        section("Known pulsars in the beams", _pulsars(summary)) if summary.pulsars else "",
        section("Observations", _observations(summary)) if summary.rows else "",
        section("Interference common to beams", _interference(summary)) if summary.interference else "",
        section("Remarks", listing(remarks)) if remarks else "",
    ]
    return html_page(headline(summary), parts, None if summary.is_over else _REFRESH_S)


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M")


def _candidate_title(summary: NightSummary) -> str:
    count = len(summary.candidates)
    return f"Best {CANDIDATES_SHOWN} of {count} candidates" if count > CANDIDATES_SHOWN else "Candidates"


def _candidates(summary: NightSummary) -> str:
    if not summary.candidates:
        return "<p>No candidates.</p>"
    headings = ("observation", "#", "score", "S/N", "period", "DM (pc/cm\u00b3)", "beams", "note")
    rows = [
        (
            "good" if is_promising(found) else "",
            (
                found.observation,
                str(found.cand_id),
                number_text(found.score, ".2f"),
                number_text(found.snr, ".1f"),
                period_text(found.period_s),
                f"{found.dm:.2f}",
                beams_text(found.beams),
                note_text(found),
            ),
        )
        for found in best_candidates(summary)[:CANDIDATES_SHOWN]
    ]
    return table(headings, rows, 1)


def _pulsars(summary: NightSummary) -> str:
    headings = ("pulsar", "observation", "beam", "off (\u2032)", "period", "DM (pc/cm\u00b3)", "mJy", "seen")
    rows = [
        (
            "" if found.is_seen else "bad" if found.is_alarm else "dim",
            (
                found.name,
                found.observation,
                str(found.beam or "-"),
                f"{found.distance_arcmin:.1f}",
                period_text(found.period_s),
                number_text(found.dm, ".2f"),
                number_text(found.flux_1400_mjy, ".3g"),
                f"{'yes' if found.is_seen else 'no'}: {found.reason}",
            ),
        )
        for found in summary.pulsars
    ]
    return table(headings, rows, 2)


def _observations(summary: NightSummary) -> str:
    headings = (
        "observation",
        "status",
        "beam",
        "length",
        "size",
        "took",
        "\u00d7 real time",
        "masked",
        "cand.",
        "exit",
        "note",
    )
    kinds = {"failed": "bad", "quarantined": "bad", "waiting": "warn", "done": ""}
    rows = [
        (
            kinds.get(row.status, "dim"),
            (
                row.name,
                STATUS_WORDS[row.status],
                str(row.beam or "-"),
                format_seconds(row.tobs_s) if row.tobs_s > 0 else "-",
                format_bytes(row.nbytes),
                format_seconds(row.wall_s) if row.wall_s else "-",
                f"{row.real_time_factor:.3g}" if row.real_time_factor else "-",
                number_text(100 * row.masked_fraction, ".1f") + " %" * (row.masked_fraction >= 0),
                # Without a length it is not in the catalogue of the night, which is not to be without candidates.
                str(row.ncandidates) if row.tobs_s > 0 else "-",
                "-" if row.exit_code is None else str(row.exit_code),
                _note(row.reason, row.nattempts, row.nshared),
            ),
        )
        for row in summary.rows
    ]
    return table(headings, rows, 2)


def _note(reason: str, nattempts: int, nshared: int) -> str:
    attempts = f"{nattempts} attempts" if nattempts > 1 else ""
    shared = f"{nshared} signal{'s' * (nshared != 1)} common to beams" if nshared else ""
    return "; ".join(filter(None, (reason, attempts, shared)))


def _interference(summary: NightSummary) -> str:
    rows = [
        ("", (period_text(found.period_s), f"{1 / found.period_s:.7g}", f"{found.dm:.2f}", str(len(found.beams)),
              ", ".join(map(str, found.beams))))
        for found in summary.interference
    ]  # fmt: skip
    return table(("period", "Hz", "DM (pc/cm\u00b3)", "beams", "which"), rows, 0)
