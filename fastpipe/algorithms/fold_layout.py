"""Where folding finds the samples of a chunk, for several candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_plan import FoldPlan
from fastpipe_kernels.folding import FOLD_STRIDE

_CACHE_WAY_BYTES: Final = 4096
_ROW_SHIFT_BYTES: Final = 576
"""What rows of channels are longer than whole ways of the first-level cache, so that those added together stay in it."""


@dataclass(frozen=True, slots=True)
class FoldLayout:
    """Where the channels of each sub-band are read in a chunk, by candidates of one time resolution.

    A sub-band begins, for each candidate, with the first sample of the chunk less its latest delay.
    """

    margin: int
    """Zeros before and after the samples, so that every channel can be read over the whole length of its sub-band."""
    placed_shape: tuple[int, int]
    """Channels and samples, with margins, of the largest sub-band."""
    offsets: NDArray[np.int64]
    """Where each good channel is read, from the first of its sub-band, shape [candidates, good channels]."""
    nruns: NDArray[np.int64]
    """Runs of samples of each sub-band, shape [nsubbands, candidates]."""
    first_slots: NDArray[np.int64]
    """Its first sample, in those of the top of the band, shape [nsubbands, candidates]."""
    latest: NDArray[np.int64]
    """Latest delay of each candidate: its first sample of the top of the band lies so long before the chunk."""
    nslots: int
    """Samples of the top of the band, of the candidate with the most."""

    @property
    def nrows(self) -> int:
        """Samples of a sub-band, of the candidate with the most."""
        return FOLD_STRIDE * int(self.nruns.max())


def lay_out(nsamples: int, plans: Sequence[FoldPlan]) -> FoldLayout:
    """Work out where the samples of a chunk are.

    Parameters
    ----------
    nsamples
        Samples of the chunk, at the resolution of the candidates.
    plans
        Candidates of one time resolution, at least one.

    Returns
    -------
    FoldLayout
        The same for all chunks of that length.
    """
    earliest, latest = np.stack([plan.subband_delays for plan in plans], axis=2).transpose(1, 0, 2)
    margin = int((latest - earliest).max()) + FOLD_STRIDE
    counts = [len(channels) for channels in plans[0].subband_channels]
    width = nsamples + 2 * margin
    width += (_ROW_SHIFT_BYTES - width) % _CACHE_WAY_BYTES
    order = np.concatenate(plans[0].subband_channels)
    row_starts = np.concatenate([np.arange(count) for count in counts]) * width + margin
    delays = np.stack([plan.delay_samples[order] for plan in plans])
    nruns = -(-(nsamples + latest - earliest) // FOLD_STRIDE)
    first_slots = latest.max(axis=0) - latest
    return FoldLayout(
        margin=margin,
        placed_shape=(max(counts), width),
        offsets=row_starts + delays - np.repeat(latest, counts, axis=0).T,
        nruns=nruns,
        first_slots=first_slots,
        latest=latest.max(axis=0),
        nslots=int((first_slots + FOLD_STRIDE * nruns).max()),
    )
