"""Rectangular waves in a series: fitted to a fold, and their edges located to a part of a sample."""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import SIGMA_OF_MAD

_NBINS: Final = 64
"""Phase bins of a fold."""
_NGROUPS: Final = 16
"""Groups of turns in each of which one time of an edge is measured."""
_FINER_HALVES: Final = (6, 3)
"""Half widths of the windows in which edges are located at last: by then they are known to a sample or two."""
_MAX_WINDOW_VALUES: Final = 2**22
"""Values around all edges of one kind that are held at a time, which limits the number of turns."""


@dataclass(frozen=True, slots=True)
class SquareWave:
    """The rectangular wave that fits a fold best."""

    period_samples: float
    on_samples: float
    first_on: float
    energy: float
    """Sum of squares over all samples that the wave takes away."""
    explained: float
    """The same over that of the whole fold, 0 to 1."""

    @property
    def side_samples(self) -> float:
        """Length of the shorter state, on or off, in samples."""
        return min(self.on_samples, self.period_samples - self.on_samples)

    def scaled(self, factor: int) -> "SquareWave":
        """Return the wave in samples that are shorter by a factor."""
        return replace(
            self,
            period_samples=self.period_samples * factor,
            on_samples=self.on_samples * factor,
            first_on=self.first_on * factor,
        )


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges of a rectangular wave, and what is between them, in turns from the first to the last.

    Levels are taken close to each edge, so that slow drifts do not disturb them.
    """

    turns: NDArray[np.intp]
    """Numbers of the turns, ascending; some are left out where there are very many, shape [nturns]."""
    times: NDArray[np.float64]
    """Times of the switchings on, and of the switchings off that follow, in samples, shape [2, nturns]."""
    middles: NDArray[np.float64]
    """Mean of the levels before and after each edge, shape [2, nturns]."""
    rises: NDArray[np.float64]
    """Level while on less level while off, shape [nturns]."""
    noise: float
    """Standard deviation of one sample about the levels."""

    @property
    def rise(self) -> float:
        """Level while on less level while off, the median of all turns."""
        return float(np.median(self.rises))


class LocatedWave(NamedTuple):
    """A rectangular wave whose edges were located, and these edges."""

    wave: SquareWave
    edges: Edges


def cumulative_sum(series: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum of the samples before each one and of all, shape [nsamples + 1]."""
    return np.concatenate(([0.0], np.cumsum(series, dtype=np.float64)))


def fit_square_wave(cumulative: NDArray[np.float64], period_samples: float) -> SquareWave:
    """Fold a series at a period and fit a rectangular wave of any phase and any length up to 9/16 of a turn.

    Parameters
    ----------
    cumulative
        `cumulative_sum` of the series, whose mean is 0.
    period_samples
        Period in samples, at most the length of the series.

    Returns
    -------
    SquareWave
        Times are good to a bin of 1/64 turn.
    """
    nturns = int((len(cumulative) - 1) / period_samples)
    edges = np.arange(nturns * _NBINS + 1) * (period_samples / _NBINS)
    whole = np.minimum(edges.astype(np.intp), len(cumulative) - 2)
    at_edges = cumulative[whole] + (edges - whole) * (cumulative[whole + 1] - cumulative[whole])
    bins = np.diff(at_edges).reshape(nturns, _NBINS) * (_NBINS / period_samples)
    profile = bins.mean(axis=0)
    profile -= profile.mean()
    wrapped = np.concatenate(([0.0], np.cumsum(np.tile(profile, 2))))
    widths = np.arange(1, 9 * _NBINS // 16 + 1)
    starts = np.arange(_NBINS)
    inside = wrapped[starts[None, :] + widths[:, None]] - wrapped[starts]
    # A box of w of b bins above the rest takes away this sum of squares; only a rise counts.
    energies = np.maximum(inside, 0.0) ** 2 * (_NBINS / (widths * (_NBINS - widths)))[:, None]
    width, start = np.unravel_index(int(energies.argmax()), energies.shape)
    energy, total = float(energies.max()), float((profile**2).sum())
    samples_a_bin = period_samples / _NBINS
    return SquareWave(
        period_samples=period_samples,
        on_samples=float(widths[width]) * samples_a_bin,
        first_on=float(start) * samples_a_bin,
        energy=energy * nturns * samples_a_bin,
        explained=energy / total if total > 0 else 0.0,
    )


def read_windows(series: NDArray[np.float32], times: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    """Return the samples around each time; column `half` is the sample in which the time falls, shape [ntimes, 2 half].

    Values that are not finite count as 0.
    """
    rows = np.lib.stride_tricks.sliding_window_view(series, 2 * half)[np.floor(times).astype(np.intp) - half]
    return np.where(np.isfinite(rows), rows, 0.0).astype(np.float64)


def locate_edges(series: NDArray[np.float32], wave: SquareWave, *, min_side_samples: int) -> LocatedWave | None:
    """Follow a rectangular wave through a series, and refine period, length and phase by its edges.

    Parameters
    ----------
    series
        Samples, shape [nsamples].
    wave
        The wave; its edges must be off by less than half of its shorter state.
    min_side_samples
        Samples that the shorter state must last.

    Returns
    -------
    LocatedWave or None
        None where a state is too short, or fewer than two turns are whole.
    """
    halves = [int(wave.side_samples / 2)]
    halves += [min(half, halves[0]) for half in _FINER_HALVES]
    for half in halves:
        edges = _measure(series, wave, min_side_samples)
        if edges is None:
            return None
        wave = _refine(series, wave, edges, half)
    edges = _measure(series, wave, min_side_samples)
    return None if edges is None else LocatedWave(wave, edges)


def _measure(series: NDArray[np.float32], wave: SquareWave, min_side_samples: int) -> Edges | None:
    """Measure the levels on both sides of the edges, turn by turn."""
    half = int(wave.side_samples / 2)
    first = np.ceil((half + 1 - wave.first_on) / wave.period_samples)
    last = np.floor((len(series) - half - 2 - wave.on_samples - wave.first_on) / wave.period_samples)
    if wave.side_samples < min_side_samples or last - first < 1:
        return None
    count = int(last - first) + 1
    fitting = max(_MAX_WINDOW_VALUES // (2 * half), _NGROUPS)
    turns = np.unique(np.linspace(0, count - 1, min(count, fitting)).astype(np.intp))
    up = wave.first_on + (first + turns) * wave.period_samples
    times = np.stack((up, up + wave.on_samples))
    around = np.stack((read_windows(series, times[0], half), read_windows(series, times[1], half)[:, ::-1]))
    # A coarse wave is off by a part of its shorter state, so nothing closer to the edge than a third of the window counts.
    third = max(half // 3, 1)
    off, on = around[..., : half - third], around[..., half + third :]
    off_levels, on_levels = off.mean(axis=2), on.mean(axis=2)
    scatter = np.median(np.abs(off - off_levels[..., None])) * np.sqrt(off.shape[2] / max(off.shape[2] - 1, 1))
    rises = (on_levels - off_levels).mean(axis=0)
    return Edges(turns, times, (on_levels + off_levels) / 2.0, rises, SIGMA_OF_MAD * float(scatter))


def _refine(series: NDArray[np.float32], wave: SquareWave, edges: Edges, half: int) -> SquareWave:
    """Fit one line through the times of all edges, up and down."""
    ups = _lateness(read_windows(series, edges.times[0], half) - edges.middles[0, :, None], edges.times[0], edges.rise)
    downs = _lateness(read_windows(series, edges.times[1], half) - edges.middles[1, :, None], edges.times[1], -edges.rise)
    turns = np.array([part.mean() for part in np.array_split(edges.turns, len(ups))])
    middle = turns.mean()
    both = ups - ups.mean() + downs - downs.mean()
    drift = float(((turns - middle) * both).sum() / (2.0 * ((turns - middle) ** 2).sum()))
    return replace(
        wave,
        period_samples=wave.period_samples + drift,
        on_samples=wave.on_samples + float(downs.mean() - ups.mean()),
        first_on=float(edges.times[0, 0] + ups.mean() - drift * middle),
    )


def _lateness(windows: NDArray[np.float64], times: NDArray[np.float64], rise: float) -> NDArray[np.float64]:
    """Return how much later than expected an edge is in each group of turns, in samples, shape [ngroups].

    Windows are less the mean of the levels before and after, so that an edge goes from -rise / 2 to rise / 2.
    """
    half = windows.shape[1] // 2
    found = []
    for index in np.array_split(np.arange(len(windows)), min(_NGROUPS, len(windows))):
        if half > _FINER_HALVES[0] or rise == 0.0:
            at = _step(np.median(windows[index], axis=0))
        else:
            # The sum says how much of the window is past the edge, to a part of a sample, which no search for a step does.
            at = half - float(windows[index].mean(axis=0).sum()) / rise
        fraction = float((times[index] - np.floor(times[index])).mean())
        found.append(min(max(at, 0.0), 2.0 * half) - half - fraction)
    return np.array(found)


def _step(values: NDArray[np.float64]) -> float:
    """Return the position of the largest step in a series: the border in front of a sample."""
    total = np.cumsum(values)
    count = np.arange(1, len(values))
    left, right = total[:-1] / count, (total[-1] - total[:-1]) / (len(values) - count)
    contrast = np.abs(right - left) * np.sqrt(count * (len(values) - count))
    return float(count[int(contrast.argmax())])
