"""How much of the recording went into each phase bin of a fold."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Timeline:
    """What every channel adds to a count, stretch of time by stretch of time."""

    starts: NDArray[np.int64]
    """First sample of each stretch, ascending from 0, shape [nstretches]; the last one goes on for ever."""
    states: NDArray[np.int64]
    """Row of `present` that tells of each stretch, shape [nstretches]."""
    present: NDArray[np.uint8]
    """What a channel adds for each sample, shape [nstates, nchans]."""


def coarse_timeline(presence: Presence, downsample: int) -> Timeline:
    """Return how many samples of the recording that are present go into each sample of a fold.

    Parameters
    ----------
    presence
        Of the samples of the recording.
    downsample
        Samples of the recording in one sample of the fold, up to 255.

    Returns
    -------
    Timeline
        In samples of the fold.

    Examples
    --------
    >>> from fastpipe.data.presence import presence_of_all
    >>> timeline = coarse_timeline(presence_of_all(10, 1), 4)
    >>> timeline.starts.tolist(), timeline.present[timeline.states, 0].tolist()
    ([0, 2, 3], [4, 2, 0])
    """
    starts, states, present = presence.starts, presence.states, presence.present.view(np.uint8)
    if downsample == 1:
        return Timeline(starts, states, present)
    # Samples of the fold in which a stretch begins are mixed; those in which the same parts meet share a state.
    borders = np.unique(starts[starts % downsample > 0] // downsample)
    mixtures: dict[tuple[tuple[int, int], ...], int] = {}
    mixed = np.empty(len(borders), np.int64)
    for index, border in enumerate((borders * downsample).tolist()):
        inside = np.arange(border, border + downsample)
        of_samples = states[np.searchsorted(starts, inside, side="right") - 1]
        parts = tuple(zip(*(values.tolist() for values in np.unique(of_samples, return_counts=True)), strict=True))
        mixed[index] = mixtures.setdefault(parts, len(present) + len(mixtures))
    rows = [np.sum([count * present[state] for state, count in parts], axis=0, dtype=np.uint8) for parts in mixtures]
    # A stretch begins with its first whole sample; where a mixed one comes first, it counts.
    coarse = np.concatenate((-(-starts // downsample), borders))
    order = np.argsort(coarse, kind="stable")
    coarse, of_stretch = coarse[order], np.concatenate((states, mixed))[order]
    is_last = np.append(np.diff(coarse) > 0, True)
    return Timeline(coarse[is_last], of_stretch[is_last], np.stack((*(downsample * present), *rows)))


def count_samples(plan: FoldPlan, presences: Sequence[Presence]) -> list[NDArray[np.float64]]:
    """Count the channel samples of the recording that fall into each phase bin.

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
    """
    return count_timelines(plan, [coarse_timeline(presence, plan.spec.downsample) for presence in presences])


def count_timelines(plan: FoldPlan, timelines: Sequence[Timeline]) -> list[NDArray[np.float64]]:
    """Add up for each phase bin what the channels add for each sample of a fold.

    Parameters
    ----------
    plan
        The candidate.
    timelines
        What is added, up to 16 times the channels of a sub-band, for one count each; of channels that the plan leaves out
        nothing is.

    Returns
    -------
    list of ndarray
        Whole numbers, shape [nsubints, nsubbands, nbins].

    Notes
    -----
    Exact: a channel counts from the sample in which it appears to that in which it vanishes, at its own delay. Where no
    channel of 16 sub-bands changes, the phase bins of many samples are counted at once; elsewhere the 16 counts are added
    to their phase bin sample by sample.
    """
    spec = plan.spec
    counters = [[_BlockCounter(plan, timeline, block) for block in range(plan.nblocks)] for timeline in timelines]
    earliest = -int(plan.block_delays.max())
    for first in range(earliest, plan.nsamples - int(plan.block_delays.min()), _TILE_SAMPLES):
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

    def __init__(self, plan: FoldPlan, timeline: Timeline, block: int) -> None:
        nslots = plan.spec.nsubints * plan.spec.nbins
        of_lanes = plan.subband_channels[block * LANES : (block + 1) * LANES]
        channels = np.concatenate(of_lanes)
        lanes = np.repeat(np.arange(len(of_lanes)), [len(some) for some in of_lanes])
        self.sums = np.zeros((nslots, LANES))
        self._timeline = timeline.starts, timeline.states, timeline.present
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
