"""Models of the score as JSON files: the one that ships with fastpipe, and others that a user names."""

import json
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np

from fastpipe.data.score_model import FeatureCurve, ScoreModel
from fastpipe.errors import FileFormatError, InputMissingError
from fastpipe.io.atomic import replacing

SHIPPED_MODEL: Final = Path(__file__).with_name("score_model.json")
"""The model that is used unless another is named."""
_FORMAT: Final = "fastpipe-score-model"
_FORMAT_VERSION: Final = 1
_DIGITS: Final = 6


class _Curve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feature, as `FeatureCurve`."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    knots: Annotated[list[float], msgspec.Meta(min_length=1)]
    values: list[float]
    missing: float


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    format: str
    format_version: int
    name: str
    version: str
    base: float
    curves: list[_Curve]


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
        return _checked(msgspec.json.decode(content, type=_Model))
    except (msgspec.DecodeError, ValueError) as error:
        raise FileFormatError(
            f"found {error} in {path}, expected a model of the score of format version {_FORMAT_VERSION}; name another file"
        ) from error


def _checked(model: _Model) -> ScoreModel:
    """Turn the content of a file into a model, or raise ValueError with what was found."""
    if (model.format, model.format_version) != (_FORMAT, _FORMAT_VERSION):
        raise ValueError(f"{model.format} version {model.format_version}")
    curves = []
    for curve in model.curves:
        knots, values = np.array(curve.knots, np.float64), np.array(curve.values, np.float64)
        if len(knots) != len(values):
            raise ValueError(f"{len(knots)} knots with {len(values)} values of {curve.name}")
        if not (np.diff(knots) > 0).all():
            raise ValueError(f"knots of {curve.name} that do not ascend")
        curves.append(FeatureCurve(curve.name, knots, values, curve.missing))
    names = [curve.name for curve in curves]
    if len(set(names)) != len(names) or "base" in names:
        raise ValueError("a feature twice, or one named base")
    return ScoreModel(name=model.name, version=model.version, base=model.base, curves=tuple(curves))


def write_score_model(model: ScoreModel, path: Path) -> None:
    """Write a model, its numbers with six significant digits; the file appears when it is complete.

    Parameters
    ----------
    model
        The model.
    path
        Where the JSON file goes.
    """

    def rounded(value: float) -> float:
        return float(f"{value:.{_DIGITS}g}")

    content = {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        "name": model.name,
        "version": model.version,
        "base": rounded(model.base),
        "curves": [
            {
                "name": curve.name,
                "knots": [rounded(value) for value in curve.knots.tolist()],
                "values": [rounded(value) for value in curve.values.tolist()],
                "missing": rounded(curve.missing),
            }
            for curve in model.curves
        ],
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
