"""What the page says in words, as HTML in which every text from outside is escaped."""

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from fastpipe.browser.fate_words import fate_sentence
from fastpipe.browser.relations import related_candidates
from fastpipe.browser.review import Review
from fastpipe.data.labels import LabelAct
from fastpipe.data.ledger import observation_of, relatives
from fastpipe.pipeline.candidate_page import candidate_sentences
from fastpipe.plotting.candidate_numbers import number_rows
from fastpipe.plotting.candidate_text import frame_sentence, observation_lines, remark_lines, summary
from fastpipe.plotting.candidate_words import text_of
from fastpipe.plotting.night_text import period_text

_FAMILY_SHOWN = 30
_RELATED_HEADINGS = ("candidate", "frequency", "period", "DM (pc/cm\u00b3)", "S/N", "known")


def candidate_headline(review: Review, row: int) -> str:
    """Name a candidate by its number, period, DM and S/N, as plain text."""
    columns = review.columns
    known = f" ({columns.known[row]})" if columns.known[row] else ""
    return (
        f"Candidate {columns.cand_id[row]}{known}: P = {period_text(columns.period_ms[row] / 1e3)}, "
        f"DM = {columns.dm[row]:.2f} pc/cm\u00b3, S/N = {columns.snr[row]:.1f}"
    )


def picture_html(review: Review, row: int) -> str:
    """Return the picture of a candidate, or what is to be said while or because there is none."""
    if not review.has_fold(row):
        return (
            f"<div class=say><p>{escape(candidate_headline(review, row))}</p><p>It was not folded, so it has no picture: "
            f"the search folds the most significant candidates.</p>{numbers_html(review, row)}</div>"
        )
    picture = review.pictures.get(row)
    if picture is None:
        headline = escape(candidate_headline(review, row))
        return f"<div class=say><p>Drawing ...</p><p>{headline}</p>{numbers_html(review, row)}</div>"
    if isinstance(picture, str):
        return f"<div class=say><p>{escape(picture)}</p></div>"
    sentences = " ".join(candidate_sentences(review.tables, review.tables.candidates[row]))
    said = escape(f"{candidate_headline(review, row)}. {sentences}")
    return f'<img class=page alt="{said}" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'


def words_html(review: Review, row: int) -> str:
    """Return everything known of a candidate in words: reasons, labels, relatives, detections, numbers."""
    candidate = review.tables.candidates[row]
    sentences = candidate_sentences(review.tables, candidate)
    reasons = _list(sentences) if sentences else "<p>It was not folded, so nothing speaks for or against a pulsar.</p>"
    parts = [
        f"<h2>{escape(candidate_headline(review, row))}</h2>",
        _section("What speaks for and against a pulsar", reasons),
        _section("What people say", labels_html(review.book.said_of(row))),
        _section("Candidates at a simple fraction of its frequency, same observation", _related(review, row)),
        _section("Detections that lead to it", _family(review, row)),
        _section("Numbers", numbers_html(review, row)),
    ]
    return f"<div class=words>{''.join(parts)}</div>"


def labels_html(acts: Sequence[LabelAct]) -> str:
    """Return what people say about one candidate."""
    if not acts:
        return "<p>Nobody has graded it.</p>"
    return _table(
        ("who", "grade", "note", "when (UTC)"),
        (
            (act.user, act.grade, act.note, datetime.fromtimestamp(act.time_unix_s, UTC).strftime("%Y-%m-%d %H:%M"))
            for act in acts
        ),
    )


def numbers_html(review: Review, row: int) -> str:
    """Return the values of a candidate with errors and units."""
    candidate = review.tables.candidates[row]
    rows = number_rows(candidate, observation_of(review.tables.observations, candidate))
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows) + "</dl>"


def catalogue_html(review: Review) -> str:
    """Return what is to be known of the catalogue as a whole."""
    tables = review.tables
    lines = [f"{summary(tables)}.", frame_sentence(tables), *observation_lines(tables), *remark_lines(tables)]
    return f"<div class=words>{_list(lines)}</div>"


def _related(review: Review, row: int) -> str:
    relations = related_candidates(review.tables, row)
    if not relations:
        return "<p>None.</p>"
    columns = review.columns
    cells = "".join(
        f"<tr><td><button data-row={other}>{columns.cand_id[other]}</button></td><td>{ratio} times</td>"
        f"<td>{period_text(columns.period_ms[other] / 1e3)}</td><td>{columns.dm[other]:.2f}</td>"
        f"<td>{columns.snr[other]:.1f}</td><td>{escape(columns.known[other])}</td></tr>"
        for other, ratio in relations
    )
    return f"<table>{_head(_RELATED_HEADINGS)}{cells}</table>"


def _family(review: Review, row: int) -> str:
    detections = relatives(review.tables.detections, int(review.columns.cand_id[row]))
    if not len(detections):
        return "<p>None: it was folded by hand.</p>"
    rows = (
        (
            str(found["det_id"]),
            text_of(found, "search"),
            period_text(1 / float(found["freq_hz"])),
            f"{found['dm']:.2f}",
            f"{found['sigma']:.1f}",
            str(found["nharm"]),
            fate_sentence(found),
        )
        for found in detections[:_FAMILY_SHOWN]
    )
    more = len(detections) - _FAMILY_SHOWN
    end = f"<p>... and {more} more.</p>" if more > 0 else ""
    return _table(("detection", "search", "period", "DM (pc/cm\u00b3)", "sigma", "harmonics", "fate"), rows) + end


def _section(title: str, content: str) -> str:
    return f"<section><h3>{escape(title)}</h3>{content}</section>"


def _list(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def _head(headings: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<th>{escape(heading)}</th>" for heading in headings) + "</tr>"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f"<table>{_head(headings)}{body}</table>"
