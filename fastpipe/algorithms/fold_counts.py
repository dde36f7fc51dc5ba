"""How much of the recording went into each phase bin of a fold."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_plan import FoldPlan
from fastpipe.algorithms.folding import phase_slots
from fastpipe.constants import LANES
from fastpipe.data.presence import Presence
from fastpipe_kernels.folding import count_rows, mark_changes

_TILE_SAMPLES: Final = 2**13
"""Samples counted at a time, so that their scratch memory stays in the cache."""


def count_samples(plan: FoldPlan, presences: Sequence[Presence]) -> list[NDArray[np.float64]]:
    """Count the channel samples that fall into each phase bin.

    Parameters
    ----------
    plan
        The candidate.
    presences
        Which samples are to be counted, for one count each; of channels that the plan leaves out none are.

    Returns
    -------
    list of ndarray
        Samples times channels, whole numbers, shape [nsubints, nsubbands, nbins].

    Notes
    -----
    Exact: a channel counts from the sample in which it appears to that in which it vanishes, at its own delay. Where no
    channel of 16 sub-bands changes, the phase bins of many samples are counted at once; elsewhere the 16 counts are added
    to their phase bin sample by sample.
    """
    spec = plan.spec
    counters = [[_BlockCounter(plan, presence, block) for block in range(plan.nblocks)] for presence in presences]
    earliest = -int(plan.block_delays.max())
    for first in range(earliest, plan.geometry.nsamples - int(plan.block_delays.min()), _TILE_SAMPLES):
        first_subint, end_subint = plan.subints_of(first, first + _TILE_SAMPLES - 1)
        slots = phase_slots(first, _TILE_SAMPLES, plan) - np.int32(first_subint * spec.nbins)
        touched = slice(first_subint * spec.nbins, end_subint * spec.nbins)
        histogram = np.bincount(slots, minlength=touched.stop - touched.start)
        for counter in (counter for blocks in counters for counter in blocks):
            counter.add(first, slots, histogram, touched)
    by_slot = [np.concatenate([counter.sums for counter in blocks], axis=1)[:, : spec.nsubbands] for blocks in counters]
    return [np.ascontiguousarray(sums.reshape(spec.nsubints, spec.nbins, -1).transpose(0, 2, 1)) for sums in by_slot]


class _BlockCounter:
    """Counts of the 16 sub-bands of one lane block, filled tile by tile in the order of time."""

    def __init__(self, plan: FoldPlan, presence: Presence, block: int) -> None:
        nslots = plan.spec.nsubints * plan.spec.nbins
        of_lanes = plan.subband_channels[block * LANES : (block + 1) * LANES]
        channels = np.concatenate(of_lanes)
        lanes = np.repeat(np.arange(len(of_lanes)), [len(some) for some in of_lanes])
        self.sums = np.zeros((nslots, LANES))
        self._timeline = presence.starts, presence.states, presence.present.view(np.uint8)
        self._channels = np.stack((channels, lanes, plan.delay_samples[channels]), axis=1).astype(np.int64)
        self._cursors = np.zeros(len(channels), np.int64)
        self._level = np.zeros(LANES, np.float32)
        self._changes = np.zeros((_TILE_SAMPLES, LANES), np.float32)
        self._recent = np.zeros((nslots, 2, LANES), np.float32)

    def add(self, first: int, slots: NDArray[np.int32], histogram: NDArray[np.int64], touched: slice) -> None:
        """Count one tile that begins at sample `first` of the top of the band; `slots` count from the first `touched`."""
        sums = self.sums[touched]
        if mark_changes(*self._timeline, self._channels, first, self._cursors, self._changes):
            count_rows(self._changes, slots, self._level, self._recent, sums)
        elif self._level.any():
            sums += histogram[:, None] * self._level.astype(np.float64)
