"""The time in which the phase of a fold runs: seconds from the epoch, at the telescope or at the barycentre."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.barycentric_model import BarycentricModel


@dataclass(frozen=True, slots=True, eq=False)
class FoldClock:
    """Time since the epoch, in pieces in which it grows in proportion to the number of the sample.

    The middle of sample i, which lies in piece k, is at ``(i + 1/2) * step_s[k] - epoch_s[k]``. Before the first sample and
    after the last the first and the last piece go on.
    """

    edges: NDArray[np.int64]
    """First sample of every piece but the first, ascending, shape [npieces - 1]."""
    step_s: NDArray[np.float64]
    """Time that passes from sample to sample in s, shape [npieces]."""
    epoch_s: NDArray[np.float64]
    """Time from the beginning of sample 0, as the piece has it, to the epoch in s, shape [npieces]."""

    def pieces(self, first: int, count: int) -> Iterator[tuple[int, int, float, float]]:
        """Cut consecutive samples into the pieces they lie in.

        Parameters
        ----------
        first, count
            Number of the first sample, which may be before or after the recording, and how many.

        Yields
        ------
        tuple
            First sample, sample after the last, and `step_s` and `epoch_s` of the piece.
        """
        begin, end = np.searchsorted(self.edges, [first, first + count - 1], "right").tolist()
        edges = [first, *self.edges[begin:end].tolist(), first + count]
        for index, piece in enumerate(range(begin, end + 1)):
            yield edges[index], edges[index + 1], float(self.step_s[piece]), float(self.epoch_s[piece])

    def since_epoch_s(self, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the time since the epoch, in s, of the middles of samples, which need not be whole numbers."""
        piece = np.searchsorted(self.edges, samples, "right")
        return np.asarray((samples + 0.5) * self.step_s[piece] - self.epoch_s[piece])


def make_clock(nsamples: float, tsamp: float, barycentre: BarycentricModel | None) -> FoldClock:
    """Return the clock of a recording, with the epoch in its middle.

    A frequency and its derivative at the barycentre need no more terms for the motion of the Earth: what the source does
    is all that is left.

    Parameters
    ----------
    nsamples
        Samples of the recording; not a whole number where the last one is not whole.
    tsamp
        Sampling time in s.
    barycentre
        How time runs at the barycentre; None for the time in which the recording was sampled.

    Returns
    -------
    FoldClock
        One piece, or those of the barycentric model.
    """
    mid_s = nsamples * tsamp / 2.0
    if barycentre is None:
        return FoldClock(np.empty(0, np.int64), np.array([tsamp]), np.array([mid_s]))
    nodes_s, barycentric_s = barycentre.topocentric_s, barycentre.barycentric_s
    slopes = np.diff(barycentric_s) / np.diff(nodes_s)
    (epoch_s,) = barycentre.to_barycentric_s(np.array([mid_s]))
    return FoldClock(
        edges=np.ceil(nodes_s[1:-1] / tsamp - 0.5).astype(np.int64),
        step_s=slopes * tsamp,
        epoch_s=slopes * nodes_s[:-1] - barycentric_s[:-1] + epoch_s,
    )
