"""A folded cube that shows itself."""

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from fastpipe.data.catalogue import Fold
from fastpipe.explore.facts import facts_html, facts_text
from fastpipe.plotting.cube import draw_cube
from fastpipe.plotting.picture import Picture
from fastpipe.units import format_seconds


class FoldedCube(NDArrayOperatorsMixin):
    """Signal of a candidate against time, frequency and pulse phase: an array [nsubints, nsubbands, nbins] with a face.

    It is used like a NumPy array: indices, arithmetic, functions and methods of arrays give plain arrays.

    Parameters
    ----------
    fold
        The cube and what was measured on it.
    width_phase
        Width of the pulse in turns.

    Examples
    --------
    >>> import fastpipe as fp
    >>> catalogue = fp.load("catalogue.h5")  # doctest: +SKIP
    >>> cube = catalogue[0].cube  # doctest: +SKIP
    >>> cube.sum(axis=(0, 1)).argmax()  # doctest: +SKIP
    """

    def __init__(self, fold: Fold, width_phase: float) -> None:
        self._fold = fold
        self._width_phase = width_phase

    @property
    def values(self) -> NDArray[np.float32]:
        """The plain array, in units of the cleaned data, shape [nsubints, nsubbands, nbins]."""
        return self._fold.cube.cube

    @property
    def counts(self) -> NDArray[np.float32]:
        """Samples times channels in each phase bin: 0 where all is masked, shape [nsubints, nsubbands, nbins]."""
        return self._fold.cube.counts

    @property
    def subint_mid_s(self) -> NDArray[np.float64]:
        """Middle of each sub-integration in s after the middle of the recording, shape [nsubints]."""
        return self._fold.cube.subint_mid_s

    @property
    def subband_freqs_mhz(self) -> NDArray[np.float64]:
        """Frequency of each sub-band in MHz, the top of the band first, shape [nsubbands]."""
        return self._fold.cube.subband_freqs_mhz

    def plot(self) -> Picture:
        """Draw the profile, and the signal over time and over the band."""
        return Picture(draw_cube(self._fold, self._width_phase))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.values, dtype, copy=copy)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = (value.values if isinstance(value, FoldedCube) else value for value in inputs)
        return getattr(ufunc, method)(*plain, **options)

    def __getitem__(self, index: Any) -> Any:
        return self.values[index]

    def __len__(self) -> int:
        return len(self.values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"a folded cube has no {name!r}")
        return getattr(self.values, name)

    def _facts(self) -> list[tuple[str, str]]:
        cube = self._fold.cube
        nsubints, nsubbands, nbins = cube.cube.shape
        spacing_s = float(np.median(np.diff(cube.subint_mid_s))) if nsubints > 1 else 0.0
        freqs = cube.subband_freqs_mhz
        times = f"{nsubints} sub-integrations" + (f" of {format_seconds(spacing_s)}" if spacing_s else "")
        bands = f"{nsubbands} sub-bands from {freqs[0]:.2f} to {freqs[-1]:.2f} MHz"
        return [
            ("time", times),
            ("frequency", bands if nsubbands > 1 else "one sub-band"),
            ("phase", f"{nbins} bins of {1e3 / cube.freq_hz / nbins:.4g} ms"),
            ("folded at", f"{1e3 / cube.freq_hz:.9g} ms, DM {cube.dm:.2f} pc cm^-3"),
        ]

    def __repr__(self) -> str:
        return facts_text("FoldedCube", self._facts())

    def _repr_html_(self) -> str:
        return facts_html("FoldedCube", self._facts())
