"""A catalogue together with what people said about its candidates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fastpipe.data.candidate_keys import candidate_keys, match_keys
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.labels import LabelAct, consensus, standing_labels, with_keys
from fastpipe.data.tables import Table
from fastpipe.io.catalogue import read_catalogue
from fastpipe.io.label_file import read_labels


@dataclass(frozen=True, slots=True)
class LabelledCatalogue:
    """A catalogue and the labels beside it."""

    tables: CatalogueTables
    """The catalogue; its column `label` says what people take a candidate for, such as "pulsar, rfi"."""
    labels: Mapping[int, tuple[LabelAct, ...]]
    """What each person says now about a candidate, by cand_id and in the order of names; those without are left out."""
    nelsewhere: int
    """Number of labels of candidates that this catalogue does not have."""


def read_labelled_catalogue(path: str | Path) -> LabelledCatalogue:
    """Read a catalogue and the labels beside it.

    Parameters
    ----------
    path
        The catalogue.

    Returns
    -------
    LabelledCatalogue
        Both.

    Raises
    ------
    InputMissingError, FileFormatError
        As from `read_catalogue`, or if labels are there but may not be read.
    """
    return label_catalogue(read_catalogue(path), read_labels(path))


def label_catalogue(tables: CatalogueTables, acts: tuple[LabelAct, ...]) -> LabelledCatalogue:
    """Bring labels to the candidates of a catalogue.

    Parameters
    ----------
    tables
        The catalogue.
    acts
        The log of labels, of this catalogue or of others of the same recordings.

    Returns
    -------
    LabelledCatalogue
        Both.
    """
    if not acts:
        return LabelledCatalogue(tables, {}, 0)
    standing = standing_labels(with_keys(acts, match_keys(tables, (act.candidate for act in acts))))
    keys = candidate_keys(tables)
    of_key: dict[str, list[LabelAct]] = {}
    for (key, _user), act in sorted(standing.items()):
        of_key.setdefault(key, []).append(act)
    labels = {
        int(cand_id): tuple(of_key[key])
        for key, cand_id in zip(keys, tables.candidates["cand_id"].tolist(), strict=True)
        if key in of_key
    }
    # A grade that this version does not know is any text: what could steer a terminal is left out.
    words = {key: "".join(filter(str.isprintable, text)) for key, text in consensus(standing).items()}
    graded = _with_column(tables.candidates, [words.get(key, "") for key in keys])
    here = set(keys)
    nelsewhere = sum(key not in here for key, _user in standing)
    return LabelledCatalogue(replace(tables, candidates=graded), labels, nelsewhere)


def _with_column(candidates: Table, words: list[str]) -> Table:
    """Return the candidates with a column `label` that is wide enough for the words; where there are none, it stays."""
    texts = np.array(
        [word.encode() or old for word, old in zip(words, candidates["label"].tolist(), strict=True)], np.bytes_
    )
    fields = [
        (name, texts.dtype if name == "label" and len(texts) else candidates.dtype[name])
        for name in candidates.dtype.names or ()
    ]
    graded = candidates.astype(np.dtype(fields))
    graded["label"] = texts
    return graded
