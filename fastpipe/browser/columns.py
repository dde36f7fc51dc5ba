"""The candidates of a catalogue as columns that a page shows and filters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.tables import Table
from fastpipe.plotting.candidate_words import known_text, text_of

_HIDDEN_TEXTS = ("search", "warning")
# Of marks in the plot, in pixels: thousands with a low score must not cover the few with a high one.
_SMALLEST, _LARGEST = 4.0, 10.0


@dataclass(frozen=True, slots=True)
class CandidateColumns:
    """What the page needs of every candidate; all of one length, in the order of the catalogue."""

    cand_id: NDArray[np.int32]
    """Number of the candidate, 1 = most significant."""
    score: NDArray[np.float64]
    snr: NDArray[np.float64]
    period_ms: NDArray[np.float64]
    dm: NDArray[np.float64]
    log10_fap: NDArray[np.float64]
    beams: tuple[str, ...]
    """Beams in which it is seen, as text."""
    beam_sets: tuple[frozenset[int], ...]
    """The same as numbers."""
    known: tuple[str, ...]
    """Known pulsar that it matches, as text; empty for none."""
    haystacks: tuple[str, ...]
    """All its texts in small letters, for a search by words."""

    def __len__(self) -> int:
        return len(self.cand_id)


def candidate_columns(tables: CatalogueTables) -> CandidateColumns:
    """Return the columns of the page.

    Parameters
    ----------
    tables
        The catalogue.
    """
    candidates = tables.candidates
    by_obs = {int(row["obs_id"]): row for row in tables.observations}
    observations = [by_obs.get(obs_id) for obs_id in candidates["obs_id"].tolist()]
    beam_sets = tuple(_beams(row, observation) for row, observation in zip(candidates, observations, strict=True))
    known = tuple(known_text(row) for row in candidates)
    return CandidateColumns(
        cand_id=candidates["cand_id"].astype(np.int32),
        score=_floats(candidates, "score"),
        snr=_floats(candidates, "snr"),
        period_ms=1e3 * _floats(candidates, "period_s"),
        dm=_floats(candidates, "dm"),
        log10_fap=_floats(candidates, "log10_fap"),
        beams=tuple(_beams_text(beams) for beams in beam_sets),
        beam_sets=beam_sets,
        known=known,
        haystacks=tuple(
            _haystack(row, observation, name) for row, observation, name in zip(candidates, observations, known, strict=True)
        ),
    )


def table_data(columns: CandidateColumns, labels: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns as the table of the page takes them.

    Parameters
    ----------
    columns
        Of the candidates.
    labels
        Columns `label` (what people say) and `mine` (the grade of the user).
    """
    return {
        "cand_id": columns.cand_id,
        "score": columns.score,
        "snr": columns.snr,
        "period_ms": columns.period_ms,
        "dm": columns.dm,
        "log10_fap": columns.log10_fap,
        "beams": list(columns.beams),
        "known": list(columns.known),
        **labels,
    }


def plot_data(columns: CandidateColumns) -> dict[str, Any]:
    """Return the columns as the plot of the page takes them."""
    return {
        "cand_id": columns.cand_id,
        "score": columns.score,
        "snr": columns.snr,
        "period_ms": columns.period_ms,
        "dm": columns.dm,
        "size": _SMALLEST + (_LARGEST - _SMALLEST) * np.clip(np.nan_to_num(columns.score), 0.0, 1.0),
    }


def _floats(candidates: Table, name: str) -> NDArray[np.float64]:
    return np.asarray(candidates[name], np.float64)


def _beams(candidate: np.void, observation: np.void | None) -> frozenset[int]:
    texts = [text for text in text_of(candidate, "beams").split(",") if text.strip().isdigit()]
    if texts:
        return frozenset(map(int, texts))
    return frozenset() if observation is None else frozenset([int(observation["beam"])])


def _beams_text(beams: frozenset[int]) -> str:
    """Write beams, runs of them as such: "1-8, 12"."""
    parts: list[str] = []
    ordered = sorted(beams)
    start = 0
    for position, beam in enumerate(ordered):
        if position + 1 == len(ordered) or ordered[position + 1] != beam + 1:
            parts.append(str(beam) if start == position else f"{ordered[start]}-{beam}")
            start = position + 1
    return ", ".join(parts)


def _haystack(candidate: np.void, observation: np.void | None, known: str) -> str:
    source = "" if observation is None else text_of(observation, "source")
    return " ".join([known, source, *(text_of(candidate, name) for name in _HIDDEN_TEXTS)]).lower()
