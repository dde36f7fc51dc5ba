"""Models of the score as JSON files: the one that ships with fastpipe, and others that a user names."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np

from fastpipe.data.contribution_groups import BASE
from fastpipe.data.score_model import NODE_DTYPE, DecisionTrees, ScoreModel
from fastpipe.errors import FileFormatError, InputMissingError
from fastpipe.io.atomic import replacing

SHIPPED_MODEL: Final = Path(__file__).with_name("score_model.json")
"""The model that is used unless another is named."""
_FORMAT: Final = "fastpipe-score-model"
_FORMAT_VERSION: Final = 1
_DIGITS: Final = 6


class _Trees(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One set of trees, as `DecisionTrees`; the columns of the nodes one after the other."""

    base: float
    features: list[Annotated[str, msgspec.Meta(min_length=1)]]
    ranges: list[tuple[float, float]]
    roots: list[int]
    nodes: dict[str, list[float]]


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    format: str
    format_version: int
    name: str
    version: str
    band: _Trees
    series: _Trees


def load_score_model(path: str | Path = "") -> ScoreModel:
    """Read a model.

    Parameters
    ----------
    path
        JSON file as `write_score_model` writes it; empty for the shipped one.

    Returns
    -------
    ScoreModel
        The model; it is read once a process.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If it is no such model.
    """
    return _load(Path(path) if str(path) else SHIPPED_MODEL)


@cache
def _load(path: Path) -> ScoreModel:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputMissingError(
            f"found no readable file at {path} ({error.strerror}), expected a model of the score; check the path"
        ) from error
    try:
        model = msgspec.json.decode(content, type=_Model)
        if (model.format, model.format_version) != (_FORMAT, _FORMAT_VERSION):
            raise ValueError(f"{model.format} version {model.format_version}")
        band, series = _checked(model.band), _checked(model.series)
    except (msgspec.DecodeError, ValueError) as error:
        raise FileFormatError(
            f"found {error} in {path}, expected a model of the score of format version {_FORMAT_VERSION}; name another file"
        ) from error
    return ScoreModel(name=model.name, version=model.version, band=band, series=series)


def _checked(trees: _Trees) -> DecisionTrees:
    """Turn one part of a file into trees in which every way down ends, or raise ValueError with what was found."""
    count = len(trees.nodes.get("feature", []))
    if set(trees.nodes) != set(NODE_DTYPE.names or ()) or any(len(column) != count for column in trees.nodes.values()):
        raise ValueError(f"nodes with the columns {', '.join(trees.nodes) or 'none'}, not all of {count} values")
    nodes = np.zeros(count, NODE_DTYPE)
    for name, column in trees.nodes.items():
        nodes[name] = column
    number = np.arange(count)
    is_inner = nodes["feature"] >= 0
    for side in ("left", "right"):
        is_below = (nodes[side] > number) & (nodes[side] < count)
        if not is_below[is_inner].all():
            raise ValueError("nodes that do not lead down")
    roots, nfeatures = np.array(trees.roots, np.int64), len(trees.features)
    if len(set(trees.features)) != nfeatures or BASE in trees.features:
        raise ValueError("a feature twice, or one named base")
    if len(trees.ranges) != nfeatures or (nodes["feature"] >= nfeatures).any() or ((roots < 0) | (roots >= count)).any():
        raise ValueError("numbers of features or nodes that are not there")
    ranges = np.array(trees.ranges, np.float64).reshape(-1, 2)
    return DecisionTrees(base=trees.base, features=tuple(trees.features), ranges=ranges, roots=roots, nodes=nodes)


def write_score_model(model: ScoreModel, path: Path) -> None:
    """Write a model, its numbers with six significant digits; the file appears when it is complete.

    Parameters
    ----------
    model
        The model.
    path
        Where the JSON file goes.
    """
    content = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "name": model.name,
        "version": model.version,
        "band": _plain(model.band),
        "series": _plain(model.series),
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")


def _plain(trees: DecisionTrees) -> dict[str, object]:
    """Return trees as JSON holds them."""

    def rounded(value: float) -> float:
        return float(f"{value:.{_DIGITS}g}")

    def column(name: str) -> list[float]:
        values = trees.nodes[name].tolist()
        return [rounded(value) for value in values] if trees.nodes[name].dtype.kind == "f" else [int(v) for v in values]

    return {
        "base": rounded(trees.base),
        "features": list(trees.features),
        "ranges": [[rounded(low), rounded(high)] for low, high in trees.ranges.tolist()],
        "roots": trees.roots.tolist(),
        "nodes": {name: column(name) for name in NODE_DTYPE.names or ()},
    }
