"""The candidates in a report: the best as a table with small drawings, their pages, known pulsars, what people say."""

from html import escape

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.labels import LabelAct, consensus
from fastpipe.data.report import Report, ReportedCandidate
from fastpipe.plotting.candidate_words import known_text, text_of
from fastpipe.plotting.html_page import html_table, image, listing, section, table
from fastpipe.plotting.night_text import number_text, period_text
from fastpipe.plotting.overview import draw_overview
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.report_text import is_promising
from fastpipe.plotting.thumbnails import profile_svg, time_map_png

_KNOWN_SHOWN = 30
_LABELS_SHOWN = 200


def best_section(report: Report) -> str:
    """Return the table of the best candidates, and all detections in the plane of period and DM."""
    total = len(report.tables.candidates)
    if not total and not len(report.tables.detections):
        return section("Best candidates", "<p>No candidates.</p>", "best")
    title = f"Best {len(report.best)} of {total} candidates" if total > len(report.best) else "Candidates"
    overview = Picture(draw_overview(report.tables)).png()
    figure = f"<figure>{image(overview, 'period against DM of all detections, by what became of them')}</figure>"
    return section(title, (_best_table(report) if report.best else "<p>No candidates.</p>") + figure, "best")


def _best_table(report: Report) -> str:
    headings = ["#", "profile", "over time", "period", "DM (pc/cm³)", "S/N", "sigma", "log10 FAP", "score", "note"]
    rows = [("good" if is_promising(found.row) else "", _best_cells(report, found)) for found in report.best]
    legend = "<p class=small>Two turns of the profile; beside it the signal over time, later times further up.</p>"
    return html_table(headings, rows, 3) + legend


def _best_cells(report: Report, found: ReportedCandidate) -> list[str]:
    row, fold = found.row, found.fold
    number = int(row["cand_id"])
    drawings = ["not folded", ""]
    if fold is not None:
        drawings = [profile_svg(fold.profile), image(time_map_png(fold.cube), "signal over time")]
    values = [
        period_text(float(row["period_s"])),
        f"{row['dm']:.2f}",
        number_text(float(row["snr"]), ".1f"),
        number_text(float(row["sigma"]), ".1f"),
        number_text(float(row["log10_fap"]), "z.1f"),
        number_text(float(row["score"]), ".2f"),
    ]
    link = f'<a href="#candidate-{number}">{number}</a>' if found.page else str(number)
    return [link, *drawings, *map(escape, values), escape(_note(report, found))]


def _note(report: Report, found: ReportedCandidate) -> str:
    row = found.row
    labels = report.labels.get(int(row["cand_id"]), ())
    beams, warning = text_of(row, "beams"), text_of(row, "warning")
    several = len(report.tables.observations) > 1
    parts = (
        known_text(row),
        f"accel {row['accel_m_s2']:.3g} m/s²" if row["search"] in (b"accel", b"jerk") else "",
        found.note,
        f"observation {row['obs_id']}" if several else "",
        f"beams {beams.replace(',', ', ')}" if "," in beams else "",
        f"the mask {warning}" if warning else "",
        f"people say: {_grades(labels)}" if _grades(labels) else "",
    )
    return ", ".join(filter(None, parts))


def _grades(labels: tuple[LabelAct, ...]) -> str:
    return ", ".join(consensus({("", act.user): act for act in labels}).values())


def known_section(report: Report) -> str:
    """Return a table of the candidates that are known pulsars, or that there is none."""
    candidates = report.tables.candidates
    known = candidates[candidates["known_pulsar"] != b""]
    if not len(candidates):
        return ""
    if not len(known):
        none = "No candidate is a known pulsar at its frequency, a multiple or a fraction."
        return section("Known pulsars", f"<p>{none}{escape(_compared_text(report.tables))}</p>")
    shown = {int(found.row["cand_id"]) for found in report.best if found.page}
    rows = [("", _known_cells(row, shown)) for row in known[:_KNOWN_SHOWN]]
    headings = ("pulsar", "#", "times its frequency", "period", "DM (pc/cm³)", "S/N", "score", "beams")
    more = len(known) - _KNOWN_SHOWN
    return section(
        "Known pulsars", html_table(headings, rows, 1, is_narrow=True) + (f"<p>... and {more} more</p>" if more > 0 else "")
    )


def _compared_text(tables: CatalogueTables) -> str:
    """Say how much it means that none is known: which lists were compared, and what could not be."""
    provenance = tables.provenance.items()
    lists = sorted({text for key, text in provenance if key.split(" [")[0] == "known_pulsars" and text})
    compared = f" Compared with: {'; '.join(lists)}." if lists else ""
    has_place = np.isfinite(tables.observations["ra_deg"]) & np.isfinite(tables.observations["dec_deg"])
    if has_place.all():
        return compared
    return f"{compared} Where the position of the beam is not known, many known pulsars are not recognised."


def _known_cells(row: np.void, shown: set[int]) -> list[str]:
    number = int(row["cand_id"])
    return [
        escape(text_of(row, "known_pulsar")),
        f'<a href="#candidate-{number}">{number}</a>' if number in shown else str(number),
        escape(text_of(row, "known_harmonic") or "1"),
        escape(period_text(float(row["period_s"]))),
        f"{row['dm']:.2f}",
        number_text(float(row["snr"]), ".1f"),
        number_text(float(row["score"]), ".2f"),
        escape(text_of(row, "beams").replace(",", ", ").removeprefix("0") or "-"),
    ]


def labels_section(report: Report) -> str:
    """Return what people said about candidates; nothing where nobody did."""
    acts = [(cand_id, act) for cand_id, of_candidate in sorted(report.labels.items()) for act in of_candidate]
    rows = [("", (str(cand_id), act.user, act.grade or "-", act.note)) for cand_id, act in acts[:_LABELS_SHOWN]]
    more = f"<p>... and {len(acts) - _LABELS_SHOWN} more</p>" if len(acts) > _LABELS_SHOWN else ""
    return (
        section("What people say", table(("candidate", "who", "grade", "note"), rows, 3, is_narrow=True) + more)
        if rows
        else ""
    )


def page_sections(report: Report) -> str:
    """Return the pages of the best candidates, one below the other."""
    return "\n".join(_page(found) for found in report.best if found.page)


def _page(found: ReportedCandidate) -> str:
    number, known = int(found.row["cand_id"]), known_text(found.row)
    title = f"Candidate {number}{f': {known}' if known else ''}"
    back = '<p class=small><a href="#best">back to the table</a></p>'
    figure = f"<figure>{image(found.page, f'page of candidate {number}')}</figure>"
    words = f"<details><summary>In words</summary>{listing(found.sentences)}</details>" if found.sentences else ""
    return f"<div class=page>{section(title, figure + words + back, f'candidate-{number}')}</div>"
