"""The page of a night: one file, no network, no script; readable in light and dark and on paper."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

from fastpipe.data.night_summary import NightSummary
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

_STYLE: Final = Path(__file__).with_name("night_page.css")
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
    refresh = "" if summary.is_over else f'<meta http-equiv="refresh" content="{_REFRESH_S}">'
    parts = [
        f'<header class="{mood}"><h1>{escape(headline(summary))}</h1><p>{escape(findings(summary))}</p>',
        f"<p class=small>{escape(summary.inbox)} &middot; {start} to {now} UTC</p></header>",
        _tiles(totals(summary)),
        _section("Needs you", _list(needed)) if needed else "",
        _section(_candidate_title(summary), _candidates(summary)) if summary.rows else "",
        _section("Known pulsars in the beams", _pulsars(summary)) if summary.pulsars else "",
        _section("Observations", _observations(summary)) if summary.rows else "",
        _section("Interference common to beams", _interference(summary)) if summary.interference else "",
        _section("Remarks", _list(summary.remarks)) if summary.remarks else "",
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{refresh}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(headline(summary))}</title>\n<style>\n{_STYLE.read_text('utf-8')}</style></head>\n"
        f"<body>\n{chr(10).join(filter(None, parts))}\n</body></html>\n"
    )


def _time(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M")


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{content}</section>"


def _list(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def _tiles(values: Iterable[tuple[str, str]]) -> str:
    return (
        "<dl>" + "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in values) + "</dl>"
    )


def _table(headings: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], nwords: int) -> str:
    """Return a table; the first `nwords` columns and the last one hold words, the others numbers.

    Each row has a class and its cells.
    """
    last = len(headings) - 1

    def cells(tag: str, texts: Sequence[str]) -> str:
        kinds = ("" if column < nwords or column == last else " class=n" for column in range(len(texts)))
        return "".join(f"<{tag}{kind}>{escape(text)}</{tag}>" for kind, text in zip(kinds, texts, strict=True))

    body = "\n".join(f'<tr class="{kind}">{cells("td", texts)}</tr>' for kind, texts in rows)
    head = f"<thead><tr>{cells('th', headings)}</tr></thead>"
    return f"<div class=wide><table>{head}\n<tbody>\n{body}\n</tbody></table></div>"


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
    return _table(headings, rows, 1)


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
    return _table(headings, rows, 2)


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
                str(row.ncandidates) if row.status == "done" else "-",
                "-" if row.exit_code is None else str(row.exit_code),
                _note(row.reason, row.nattempts, row.nshared),
            ),
        )
        for row in summary.rows
    ]
    return _table(headings, rows, 2)


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
    return _table(("period", "Hz", "DM (pc/cm\u00b3)", "beams", "which"), rows, 0)
