"""Which candidates a person wants to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.browser.columns import CandidateColumns

ANY: Final = "any"
UNGRADED: Final = "not graded by me"
GRADED: Final = "graded by me"
DISPUTED: Final = "people differ"
KNOWN: Final = "known"
NEW: Final = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoice:
    """What a candidate must have; None and `ANY` ask for nothing. One whose value is unknown fails every limit on it."""

    score_min: float | None = None
    snr_min: float | None = None
    period_min_ms: float | None = None
    period_max_ms: float | None = None
    dm_min: float | None = None
    dm_max: float | None = None
    known: str = ANY
    """`KNOWN` for matches with known pulsars, `NEW` for the others."""
    beam: str = ANY
    """Number of a beam in which it is seen."""
    label: str = ANY
    """`UNGRADED`, `GRADED`, `DISPUTED`, or a grade that somebody gave."""
    words: str = ""
    """Words that all appear in its names, notes and warnings, in any order; a number also finds the candidate of it."""


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """What is said of every candidate."""

    label: Sequence[str]
    """What people take it for, such as "pulsar" or "pulsar, rfi"."""
    mine: Sequence[str]
    """Grade of the user."""
    notes: Sequence[str]
    """Notes of all people in small letters."""


def passing_rows(columns: CandidateColumns, labels: LabelColumns, choice: FilterChoice) -> NDArray[np.int64]:
    """Find the candidates that pass.

    Parameters
    ----------
    columns, labels
        Of the candidates.
    choice
        What they must have.

    Returns
    -------
    ndarray
        Their positions, ascending.
    """
    passes = np.ones(len(columns), np.bool_)
    limits = (
        (columns.score, choice.score_min, None),
        (columns.snr, choice.snr_min, None),
        (columns.period_ms, choice.period_min_ms, choice.period_max_ms),
        (columns.dm, choice.dm_min, choice.dm_max),
    )
    for values, least, most in limits:
        if least is not None:
            passes &= values >= least
        if most is not None:
            passes &= values <= most
    if choice.known != ANY:
        passes &= np.array([bool(name) == (choice.known == KNOWN) for name in columns.known], np.bool_)
    if choice.beam != ANY:
        beam = int(choice.beam)
        passes &= np.array([beam in beams for beams in columns.beam_sets], np.bool_)
    if choice.label != ANY:
        passes &= np.array(
            [_has_label(choice.label, *pair) for pair in zip(labels.label, labels.mine, strict=True)], np.bool_
        )
    words = choice.words.lower().split()
    if words:
        texts = zip(columns.cand_id.tolist(), columns.haystacks, labels.notes, labels.label, strict=True)
        passes &= np.array([_has_words(words, number, " ".join(texts)) for number, *texts in texts], np.bool_)
    return np.flatnonzero(passes)


def _has_label(wanted: str, label: str, mine: str) -> bool:
    if wanted in (UNGRADED, GRADED):
        return bool(mine) == (wanted == GRADED)
    if wanted == DISPUTED:
        return ", " in label
    return wanted in label.split(", ")


def _has_words(words: Sequence[str], number: int, text: str) -> bool:
    return all(word in text or word == str(number) for word in words)
