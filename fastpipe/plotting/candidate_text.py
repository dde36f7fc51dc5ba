"""Candidates as text: an aligned table, and one candidate in full."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.ledger import candidate_tobs_s, fate_counts, harmonic_notes, relatives
from fastpipe.data.tables import CANDIDATE_COLUMNS, Fate, Table
from fastpipe.plotting.candidate_words import known_text, text_of

_HEADING = ("#", "P (ms)", "DM (pc/cm3)", "S/N", "sigma", "log10_fap", "nharm", "width (turns)", "score", "note")
_RELATIVES_SHOWN = 12
_FIRST_SHOWN = 20
_OBSERVATIONS_SHOWN = 19
_PRECISE = {"period_s": ".12g", "topocentric_period_s": ".12g", "freq_hz": ".12g", "epoch_mjd": ".10f", "log10_fap": "z.1f"}
FATE_WORDS = {
    Fate.KEPT: "kept",
    Fate.DUPLICATE: "duplicate",
    Fate.HARMONIC: "harmonic",
    Fate.LOW_DM: "strongest at DM 0",
    Fate.FEW_DMS: "in too few DM trials",
    Fate.FAINT: "faint",
    Fate.NOT_FOLDED: "not folded",
    Fate.BIRDIE: "of birdies",
    Fate.MULTI_BEAM: "in too many beams",
}
"""What a fate is called after a number of detections."""
_LINKS = {
    Fate.KEPT: " candidate",
    Fate.DUPLICATE: " of detection",
    Fate.HARMONIC: " of detection",
    Fate.BIRDIE: "",
    Fate.MULTI_BEAM: " of detection",
}
"""What `related_id` is the number of, as said after the name of the fate."""


def candidate_table(tables: CatalogueTables, rows: NDArray[np.int64]) -> list[str]:
    """Write candidates as an aligned table.

    Parameters
    ----------
    tables
        The catalogue.
    rows
        Positions in `tables.candidates`, in the order in which they are to be shown.

    Returns
    -------
    list of str
        A heading and one line a candidate: a heading with units.
    """
    cells = candidate_cells(tables, rows)
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADING))]
    # The note is the only column of words: it stands left-aligned at the end.
    return ["  ".join([*map(str.rjust, line[:-1], widths), line[-1]]).rstrip() for line in cells]


def first_candidates(tables: CatalogueTables, catalogue: Path) -> list[str]:
    """Write the first twenty candidates, and how many more there are.

    Parameters
    ----------
    tables
        The catalogue.
    catalogue
        File that holds all of them.

    Returns
    -------
    list of str
        Lines of `candidate_table`, or that there are no candidates.
    """
    count = len(tables.candidates)
    if not count:
        return ["No candidates."]
    more = [f'... and {count - _FIRST_SHOWN} more; "fastpipe show {catalogue}" lists all of them'] * (count > _FIRST_SHOWN)
    return [*candidate_table(tables, np.arange(min(count, _FIRST_SHOWN))), *more]


def candidate_cells(tables: CatalogueTables, rows: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """Write candidates as the cells of a table.

    Parameters
    ----------
    tables
        The catalogue.
    rows
        Positions in `tables.candidates`, in the order in which they are to be shown.

    Returns
    -------
    list of tuple of str
        The headings, then the cells of one candidate each.
    """
    # A candidate may be a harmonic of a better one only.
    candidates = tables.candidates[: rows.max(initial=-1) + 1]
    notes = harmonic_notes(candidates, candidate_tobs_s(tables.observations, candidates))
    if len(tables.observations) > 1:
        notes = [
            f"observation {obs_id}{', ' * bool(note)}{note}"
            for obs_id, note in zip(candidates["obs_id"], notes, strict=True)
        ]
    return [_HEADING, *(_cells(candidates[row], notes[row]) for row in rows.tolist())]


def _cells(candidate: np.void, note: str) -> tuple[str, ...]:
    return (
        str(candidate["cand_id"]),
        f"{1e3 * candidate['period_s']:.7g}",
        f"{candidate['dm']:.2f}",
        _number(candidate["snr"], ".1f"),
        _number(candidate["sigma"], ".1f"),
        _number(candidate["log10_fap"], "z.1f"),
        str(candidate["nharm"] or "-"),
        _number(candidate["width_phase"], ".3f"),
        _number(candidate["score"], ".2f"),
        ", ".join(filter(None, _notes(candidate, note))),
    )


def _notes(candidate: np.void, relation: str) -> tuple[str, ...]:
    grade = text_of(candidate, "label")
    graded = f"graded {grade}" if grade else ""
    return graded, known_text(candidate), _drift_note(candidate), relation, text_of(candidate, "warning")


def _drift_note(candidate: np.void) -> str:
    """Write the acceleration of a candidate that was found with one."""
    if candidate["search"] not in (b"accel", b"jerk"):
        return ""
    jerk = f", jerk {candidate['jerk_m_s3']:.3g} m/s^3" if candidate["search"] == b"jerk" else ""
    return f"accel {candidate['accel_m_s2'] + 0.0:.3g} m/s^2{jerk}"


def _number(value: float, form: str) -> str:
    return format(float(value), form) if np.isfinite(value) else "-"


def summary(tables: CatalogueTables) -> str:
    """Say in one line what became of all detections."""
    counts = fate_counts(tables.detections)
    parts = ", ".join(f"{count} {FATE_WORDS[fate]}" for fate, count in counts.items() if count)
    total = len(tables.detections)
    return f"{total} detection{'s' * (total != 1)}{': ' + parts if parts else ''}"


def observation_lines(tables: CatalogueTables) -> list[str]:
    """Write what the observations of a merged catalogue are, one line each; none where there is only one."""
    observations = tables.observations
    if len(observations) < 2:
        return []
    lines = [_observation_line(row) for row in observations[:_OBSERVATIONS_SHOWN]]
    more = len(observations) - len(lines)
    return [*lines, f"... and {more} more observations"] if more else lines


def _observation_line(observation: np.void) -> str:
    source, telescope = text_of(observation, "source"), text_of(observation, "telescope")
    place = f"{telescope or 'unknown telescope'}, beam {observation['beam']}, MJD {observation['tstart_mjd']:.5f}"
    return f"observation {observation['obs_id']}: {source or 'a source without a name'}, {place}"


def frame_sentence(tables: CatalogueTables) -> str:
    """Say in which frame periods are, and in which time scale epochs."""
    return f"Periods are {tables.frame}, epochs {tables.time_scale}."


def remark_lines(tables: CatalogueTables) -> list[str]:
    """Write what a person should know of the search before believing a candidate, one line each; none for most searches."""
    return [f"remark: {sentence}" for sentence in tables.provenance.get("remarks", "").splitlines()]


def rejected_table(rejected: Table, limit: int) -> list[str]:
    """Write detections that did not become candidates, with their fate.

    Parameters
    ----------
    rejected
        Rows of the table of detections, in the order in which they are to be shown.
    limit
        Largest number of detections to write.

    Returns
    -------
    list of str
        A heading, one line a detection, and how many more there are.
    """
    lines = _detection_lines(rejected[:limit])
    if len(rejected) > limit:
        lines.append(f"... and {len(rejected) - limit} more (-n shows more of them)")
    return lines


def _detection_lines(detections: Table) -> list[str]:
    has_drift = bool(np.any(detections["z"] != 0.0) or np.any(detections["w"] != 0.0))
    drift_heading = f"  {'z bins':>7}  {'w bins':>7}" * has_drift
    lines = [f"{'det':>7}  {'P (ms)':>12}{drift_heading}  {'DM':>8}  {'sigma':>6}  {'nharm':>5}  fate"]
    for row in detections:
        fate = Fate(int(row["fate"]))
        link = f"{_LINKS[fate]} {row['related_id']}" if fate in _LINKS else ""
        drift = f"  {row['z']:>7.2f}  {row['w']:>7.1f}" * has_drift
        values = f"{row['det_id']:>7}  {1e3 / row['freq_hz']:>12.7g}{drift}  {row['dm']:>8.2f}  {row['sigma']:>6.1f}"
        lines.append(f"{values}  {row['nharm']:>5}  {fate.name.lower().replace('_', ' ')}{link}")
    return lines


def candidate_page(tables: CatalogueTables, row: int, sentences: list[str]) -> list[str]:
    """Write one candidate in full.

    Parameters
    ----------
    tables
        The catalogue.
    row
        Position in `tables.candidates`.
    sentences
        What the score was made from, in words.

    Returns
    -------
    list of str
        All values with unit and meaning, the sentences, and the fate of the detections that lead to it.
    """
    candidate = tables.candidates[row]
    lines = []
    for column in CANDIDATE_COLUMNS:
        text = value_text(column.name, candidate[column.name].item())
        if text:
            unit = f" {column.unit}" if column.unit else ""
            lines.append(f"{column.name:<22} {text + unit:<28} {column.description}")
    lines.append(f"{'frame':<22} {tables.frame:<28} of period, frequency and epoch ({tables.time_scale})")
    lines += ["", *(f"- {sentence}" for sentence in sentences)] if sentences else []
    if not len(tables.detections):
        # Folded by hand: nothing was searched.
        return lines
    family = relatives(tables.detections, int(candidate["cand_id"]))
    lead = "detection leads" if len(family) == 1 else "detections lead"
    lines += ["", f"{len(family)} {lead} to this candidate, those of its harmonics included:"]
    lines += _detection_lines(family[:_RELATIVES_SHOWN])
    if len(family) > _RELATIVES_SHOWN:
        lines.append(f"... and {len(family) - _RELATIVES_SHOWN} more")
    return lines


def value_text(name: str, value: object) -> str:
    """Write a value of the table of candidates without its unit; nothing where it is empty, infinite or no number.

    Parameters
    ----------
    name
        Name of the column.
    value
        Its plain value.

    Examples
    --------
    >>> value_text("dm", 26.7641), value_text("known_pulsar", b"B0329+54"), value_text("snr_unmasked", float("nan"))
    ('26.7641', 'B0329+54', '')
    """
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        # Adding zero turns the negative zero of a product into the plain one.
        known = format(value + 0.0, _PRECISE.get(name, ".2g" if "_err" in name else ".6g"))
        return known if np.isfinite(value) else ""
    return str(value)
