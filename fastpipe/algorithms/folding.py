"""Folding of all candidates in one pass over the chunks of a recording.

Every channel sample of the recording is used exactly once: it belongs to the time at which its signal reached the top of
the band, its own time less the channel's delay rounded to whole samples. A chunk gives all sums its own samples contribute,
so chunks need no overlap, may be folded in any order or at once, and add up to the same bits for any chunk length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_plan import FoldPlan
from fastpipe.constants import LANES
from fastpipe_kernels.folding import FOLD_STRIDE, add_shifted_channels, fold_rows, phase_bins

_SCRATCH_BYTES: Final = 16 * 2**20
_EXACT_FLOAT32: Final = 2**24
_MAX_FLUSH_ROWS: Final = 2048


@dataclass(frozen=True, slots=True)
class PartialFold:
    """What one chunk adds to the fold of one candidate."""

    first_subint: int
    """First sub-integration the chunk touches."""
    sums: NDArray[np.float64]
    """Sums of samples, whole numbers, shape [nblocks, subints touched times nbins, lanes]."""


def empty_sums(plan: FoldPlan) -> NDArray[np.float64]:
    """Return the zeros to which the partial folds of one candidate are added, shape [nblocks, nsubints * nbins, lanes]."""
    lanes = 1 if plan.geometry.is_series else LANES
    return np.zeros((plan.nblocks, plan.spec.nsubints * plan.spec.nbins, lanes))


def add_partial(sums: NDArray[np.float64], partial: PartialFold, plan: FoldPlan) -> None:
    """Add what one chunk gave to the sums of a candidate, in place; the order of chunks does not matter."""
    first = partial.first_subint * plan.spec.nbins
    sums[:, first : first + partial.sums.shape[1]] += partial.sums


def fold_chunk(data: NDArray[Any], start: int, plans: Sequence[FoldPlan]) -> list[PartialFold]:
    """Fold one chunk at all candidates.

    Parameters
    ----------
    data
        Clean samples, channel-major. Of a filterbank uint8 [at least nchans, nsamples] with 128 for no signal; of a
        dedispersed series float32 [1, nsamples].
    start
        Number in the recording of the first sample.
    plans
        Candidates; all with the same recording and number of sub-bands.

    Returns
    -------
    list of PartialFold
        One a candidate, to be added up with `add_partial`.

    Notes
    -----
    The channels of a sub-band are summed for several candidates while they are in cache, about 1 byte read and one addition
    a channel, sample and candidate; then 16 sub-bands at a time are folded, one vector addition a sample. Scratch memory
    is about 16 MiB, or what one candidate needs where that is more.
    """
    if not plans:
        return []
    if plans[0].geometry.is_series:
        return [_fold_series(data[0], start, plan) for plan in plans]
    partials = [_empty_partial(start, start + data.shape[1], plan) for plan in plans]
    scratch = _make_scratch(data.shape[1], plans)
    for block in range(plans[0].nblocks):
        for first in range(0, len(plans), len(scratch.subbands)):
            batch = slice(first, first + len(scratch.subbands))
            _fold_block(data, start, plans[batch], block, partials[batch], scratch)
    return partials


@dataclass(frozen=True, slots=True)
class _Scratch:
    """Memory used again and again while one chunk is folded."""

    channels: NDArray[np.uint8]
    """Channels of a sub-band between two margins of zeros, shape [channels, samples and margins]."""
    margin: int
    """Width of a margin in samples."""
    subbands: NDArray[np.uint16]
    """Sub-bands of one lane block for a batch of candidates, shape [candidates, lanes, samples and delays]."""


def _make_scratch(nsamples: int, plans: Sequence[FoldPlan]) -> _Scratch:
    """Scratch memory for chunks of `nsamples`; the batch of candidates is as large as the cache allows."""
    most = max(len(channels) for channels in plans[0].subband_channels)
    margin = max(int(np.ptp(plan.subband_delays, axis=1).max()) for plan in plans) + FOLD_STRIDE
    span = max(int(np.ptp(plan.block_delays, axis=1).max()) for plan in plans)
    nrows = _whole_runs(nsamples + span + FOLD_STRIDE)
    batch = int(np.clip(_SCRATCH_BYTES // (2 * LANES * nrows), 1, len(plans)))
    return _Scratch(
        channels=np.zeros((most, nsamples + 2 * margin), np.uint8),
        margin=margin,
        subbands=np.empty((batch, LANES, nrows), np.uint16),
    )


def _whole_runs(nsamples: int) -> int:
    return -(-nsamples // FOLD_STRIDE) * FOLD_STRIDE


def _empty_partial(start: int, stop: int, plan: FoldPlan) -> PartialFold:
    """Zeros for the sub-integrations that samples `start` to `stop` can fall into."""
    earliest = start - int(plan.block_delays.max())
    first, last = plan.subints_of(earliest, stop - 1 - int(plan.block_delays.min()))
    lanes = 1 if plan.geometry.is_series else LANES
    return PartialFold(first, np.zeros((plan.nblocks, (last - first) * plan.spec.nbins, lanes)))


def _fold_block(
    data: NDArray[np.uint8],
    start: int,
    plans: Sequence[FoldPlan],
    block: int,
    partials: Sequence[PartialFold],
    scratch: _Scratch,
) -> None:
    """Fold the 16 sub-bands of one lane block at a batch of candidates."""
    scratch.subbands[:] = 0
    for lane, subband in enumerate(range(block * LANES, min((block + 1) * LANES, plans[0].spec.nsubbands))):
        if len(plans[0].subband_channels[subband]):
            _sum_subband(data, plans, subband, scratch, scratch.subbands[:, lane])
    nchans = max(len(channels) for channels in plans[0].subband_channels)
    flush_rows = min(_MAX_FLUSH_ROWS, _EXACT_FLOAT32 // (255 * max(nchans, 1))) // LANES * LANES
    for plan, partial, subbands in zip(plans, partials, scratch.subbands, strict=False):
        earliest, latest = plan.block_delays[block]
        nrows = _whole_runs(data.shape[1] + int(latest - earliest))
        slots = phase_slots(start - int(latest), nrows, plan)
        slots -= np.int32(partial.first_subint * plan.spec.nbins)
        sums = partial.sums[block]
        # The last rows hold no samples: they may fall past the chunk's sub-integrations, and add zeros wherever they land.
        np.minimum(slots, np.int32(len(sums) - 1), out=slots)
        squares, recent = np.empty((2, LANES, LANES), np.float32), np.zeros((len(sums), 2, LANES), np.float32)
        fold_rows(subbands, slots, flush_rows, squares, recent, sums)


def _sum_subband(
    data: NDArray[np.uint8], plans: Sequence[FoldPlan], subband: int, scratch: _Scratch, outputs: NDArray[np.uint16]
) -> None:
    """Dedisperse one sub-band for every plan; sample 0 of an output is the chunk's first less the block's latest delay."""
    nsamples = data.shape[1]
    channels = plans[0].subband_channels[subband]
    for row, channel in zip(scratch.channels, channels, strict=False):
        row[scratch.margin : scratch.margin + nsamples] = data[channel]
    row_starts = np.arange(len(channels)) * scratch.channels.shape[1] + scratch.margin
    # Zeros before and after the samples let every channel be read over the whole length of the sub-band.
    for plan, output in zip(plans, outputs, strict=False):
        earliest, latest = plan.subband_delays[subband]
        first = int(plan.block_delays[subband // LANES, 1] - latest)
        length = _whole_runs(nsamples + int(latest - earliest))
        add_shifted_channels(
            scratch.channels, row_starts + (plan.delay_samples[channels] - latest), output[first : first + length]
        )


def phase_slots(first: int, count: int, plan: FoldPlan) -> NDArray[np.int32]:
    """Return sub-integration times nbins plus phase bin of consecutive samples of the top of the band.

    Parameters
    ----------
    first, count
        Number of the first sample, which may be before or after the recording, and how many.
    plan
        The candidate.

    Returns
    -------
    ndarray
        Slots, shape [count]; samples outside the recording belong to its first or last sub-integration.
    """
    spec, geometry = plan.spec, plan.geometry
    slots = np.empty(count, np.int32)
    for start, stop, step_s, epoch_s in plan.clock.pieces(first, count):
        model = np.array([spec.freq_hz, spec.fdot_hz_s, spec.fddot_hz_s2, step_s, epoch_s])
        phase_bins(start, model, spec.nbins, slots[start - first : stop - first])
    lowest, highest = plan.subints_of(first, first + count - 1)
    edges = -(-np.arange(lowest + 1, highest) * geometry.nsamples // spec.nsubints)
    lengths = np.diff(np.concatenate(([first], edges, [first + count])))
    slots += np.repeat(np.arange(lowest, highest, dtype=np.int32) * np.int32(spec.nbins), lengths)
    return slots


def _fold_series(series: NDArray[np.float32], start: int, plan: FoldPlan) -> PartialFold:
    """Fold a dedispersed series. Samples are rounded to whole steps, far below the noise, so that sums are exact."""
    partial = _empty_partial(start, start + len(series), plan)
    slots = phase_slots(start, len(series), plan) - partial.first_subint * plan.spec.nbins
    steps = np.rint(series.astype(np.float64) / plan.geometry.series_step)
    partial.sums[0, :, 0] = np.bincount(slots, steps, minlength=partial.sums.shape[1])
    return partial
