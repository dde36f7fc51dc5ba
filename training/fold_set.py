"""Sets of folds with known answers, and their HDF5 file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import h5py
import numpy as np
from numpy.typing import NDArray

KINDS: Final = ("pulsar", "noise", "interference", "random")
"""What a fold is of: an injected pulsar; a peak of a recording without interference; one of a recording with it that no
injected pulsar explains; a period and DM drawn at random."""


POPULATIONS: Final = ("fast", "narrow", "low", "series", "real")
"""Recordings with a band like FAST's, narrow ones, those at low frequencies, series, and real ones."""


@dataclass(frozen=True, slots=True)
class LabelledFold:
    """One fold and the truth about it."""

    features: dict[str, float]
    kind: str
    """One of KINDS."""
    recording: int
    """Number of its recording; training and test never share one."""
    injected_snr: float = 0.0
    """S/N of the injected pulsar; 0 for all other folds."""
    habit: str = ""
    """How the injected pulsar deviates from a steady one."""
    population: str = ""
    """One of POPULATIONS."""


@dataclass(frozen=True, slots=True)
class FoldSet:
    """Many folds as arrays."""

    names: tuple[str, ...]
    """Names of the features."""
    values: NDArray[np.float64]
    """Features, shape [nfolds, nfeatures]."""
    kind: NDArray[np.str_]
    recording: NDArray[np.int64]
    injected_snr: NDArray[np.float64]
    habit: NDArray[np.str_]
    population: NDArray[np.str_]

    @property
    def is_real(self) -> NDArray[np.bool_]:
        """Which folds are of real recordings, shape [nfolds]."""
        return np.asarray(self.population == "real")

    @property
    def is_pulsar(self) -> NDArray[np.bool_]:
        """The answer, shape [nfolds]."""
        return np.asarray(self.kind == "pulsar")

    def __len__(self) -> int:
        return len(self.kind)

    def column(self, name: str) -> NDArray[np.float64]:
        """Return one feature, shape [nfolds]."""
        return self.values[:, self.names.index(name)]

    def subset(self, chosen: NDArray[np.bool_]) -> "FoldSet":
        """Return some of the folds."""
        return FoldSet(
            names=self.names,
            values=self.values[chosen],
            kind=self.kind[chosen],
            recording=self.recording[chosen],
            injected_snr=self.injected_snr[chosen],
            habit=self.habit[chosen],
            population=self.population[chosen],
        )


def collect(folds: Sequence[LabelledFold]) -> FoldSet:
    """Put folds together."""
    names = tuple(sorted({name for fold in folds for name in fold.features}))
    return FoldSet(
        names=names,
        values=np.array([[fold.features.get(name, np.nan) for name in names] for fold in folds]),
        kind=np.array([fold.kind for fold in folds]),
        recording=np.array([fold.recording for fold in folds]),
        injected_snr=np.array([fold.injected_snr for fold in folds]),
        habit=np.array([fold.habit for fold in folds]),
        population=np.array([fold.population for fold in folds]),
    )


def write_folds(folds: FoldSet, path: Path) -> None:
    """Write a set of folds as HDF5."""
    with h5py.File(path, "w") as file:
        file["values"] = folds.values
        file["names"] = np.array(folds.names, "S")
        for name in ("kind", "habit", "population"):
            file[name] = getattr(folds, name).astype("S")
        for name in ("recording", "injected_snr"):
            file[name] = getattr(folds, name)


def read_folds(path: Path) -> FoldSet:
    """Read a set of folds."""
    with h5py.File(path) as file:
        texts = {name: file[name][()].astype(str) for name in ("names", "kind", "habit", "population")}
        return FoldSet(
            names=tuple(texts["names"].tolist()),
            values=file["values"][()],
            kind=texts["kind"],
            recording=file["recording"][()],
            injected_snr=file["injected_snr"][()],
            habit=texts["habit"],
            population=texts["population"],
        )
