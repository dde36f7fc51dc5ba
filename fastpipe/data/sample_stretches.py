"""Stretches of samples, or of Fourier bins, as sets: first and one after the last, ascending and apart from each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.recording import Chunk

Stretches = NDArray[np.int64]
"""Half-open stretches, shape [nstretches, 2]."""


def no_stretches() -> Stretches:
    """Return an empty set of stretches, shape [0, 2]."""
    return np.empty((0, 2), np.int64)


def stretches_of(chunks: Sequence[Chunk]) -> Stretches:
    """Return chunks, such as the gaps of a recording, as stretches, shape [nchunks, 2].

    Examples
    --------
    >>> stretches_of([Chunk(3, 5)]).tolist(), stretches_of([]).shape
    ([[3, 5]], (0, 2))
    """
    return np.array([(chunk.start, chunk.stop) for chunk in chunks], np.int64).reshape(-1, 2)


def merge_stretches(*groups: Stretches) -> Stretches:
    """Return the samples that are in any of several groups of stretches.

    Parameters
    ----------
    *groups
        Stretches in any order, which may overlap and touch, each of shape [n, 2].

    Returns
    -------
    ndarray
        Ascending stretches that are not empty and apart from each other, int64 [nstretches, 2].

    Examples
    --------
    >>> merge_stretches(np.array([[5, 8], [0, 2]]), np.array([[2, 3], [6, 7]])).tolist()
    [[0, 3], [5, 8]]
    """
    rows = np.concatenate([no_stretches(), *groups])
    rows = rows[rows[:, 0] < rows[:, 1]]
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    reach = np.maximum.accumulate(rows[:, 1])
    is_first = np.ones(len(rows), bool)
    is_first[1:] = rows[1:, 0] > reach[:-1]
    is_last = np.append(is_first[1:], True)[: len(rows)]
    return np.stack([rows[is_first, 0], reach[is_last]], axis=1).astype(np.int64)


def subtract_stretches(stretches: Stretches, other: Stretches) -> Stretches:
    """Return the samples that are in some stretches and not in others.

    Parameters
    ----------
    stretches, other
        Ascending stretches apart from each other, each of shape [n, 2].

    Returns
    -------
    ndarray
        Stretches of the same form.

    Examples
    --------
    >>> subtract_stretches(np.array([[0, 9]]), np.array([[2, 3], [8, 20]])).tolist()
    [[0, 2], [3, 8]]
    """
    edges = np.unique(np.concatenate([stretches.ravel(), other.ravel()]))
    is_left = _hold(stretches, edges[:-1]) & ~_hold(other, edges[:-1])
    return merge_stretches(np.stack([edges[:-1], edges[1:]], axis=1)[is_left])


def cut_stretches(stretches: Stretches, start: int, stop: int) -> Stretches:
    """Return the samples of some stretches that lie from `start` to `stop` - 1.

    Parameters
    ----------
    stretches
        Ascending stretches apart from each other, shape [n, 2].
    start, stop
        First sample and sample after the last.

    Returns
    -------
    ndarray
        Stretches of the same form.

    Examples
    --------
    >>> cut_stretches(np.array([[0, 4], [6, 9]]), 3, 7).tolist()
    [[3, 4], [6, 7]]
    """
    return merge_stretches(np.clip(stretches, start, stop))


def _hold(stretches: Stretches, samples: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which samples lie in one of the stretches."""
    index = np.searchsorted(stretches[:, 0], samples, side="right")
    stops = np.concatenate(([np.iinfo(np.int64).min], stretches[:, 1]))
    return np.asarray(samples < stops[index])
