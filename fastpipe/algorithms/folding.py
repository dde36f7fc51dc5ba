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
from fastpipe.algorithms.fold_workspace import FoldWorkspace
from fastpipe.constants import LANES
from fastpipe_kernels.folding import (
    FOLD_STRIDE,
    add_fours,
    add_shifted_channels,
    fold_rows,
    phase_bins,
    place_channels,
)

_EXACT_FLOAT32: Final = 2**24
_MAX_FLUSH_ROWS: Final = 2048
_CACHE_WAY_BYTES: Final = 4096
_ROW_SHIFT_BYTES: Final = 576
"""What rows of channels are longer than whole ways of the first-level cache, so that those added together stay in it."""


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


def fold_chunk(
    data: NDArray[Any], start: int, plans: Sequence[FoldPlan], workspace: FoldWorkspace | None = None
) -> list[PartialFold]:
    """Fold one chunk at all candidates.

    Parameters
    ----------
    data
        Clean samples of the recording, channel-major. Of a filterbank uint8 [at least nchans, nsamples] with 128 for no
        signal; of a dedispersed series float32 [1, nsamples].
    start
        Number in the recording of the first sample.
    plans
        Candidates; all with the same recording and number of sub-bands, each with its own time resolution.
    workspace
        Memory to work in, where several chunks are folded; None for new memory.

    Returns
    -------
    list of PartialFold
        One a candidate, to be added up with `add_partial`.

    Raises
    ------
    ValueError
        If a chunk begins within a sample of a candidate, or ends there and is not the last.

    Notes
    -----
    The channels of a sub-band are summed for several candidates while they are in cache, about 1 byte read and one addition
    a channel, sample and candidate; then 16 sub-bands at a time are folded, one vector addition a sample. The workspace
    takes what it was made for, or what one candidate needs where that is more, the channels of a sub-band, and a third of
    the chunk for lower time resolutions.
    """
    if not plans:
        return []
    geometry = plans[0].geometry
    if geometry.is_series:
        return [_fold_series(data[0], start, plan) for plan in plans]
    workspace = FoldWorkspace() if workspace is None else workspace
    partials: dict[int, PartialFold] = {}
    samples, downsample = data, 1
    for wanted in sorted({plan.spec.downsample for plan in plans}):
        _check_borders(start, data.shape[1], geometry.nsamples, wanted)
        while downsample < wanted:
            samples, downsample = _downsample_by_4(samples, workspace, 4 * downsample), 4 * downsample
        these = [index for index, plan in enumerate(plans) if plan.spec.downsample == wanted]
        # Neighbours in DM find the samples of a channel where the one before them left them in the cache.
        these.sort(key=lambda index: plans[index].spec.dm)
        found = _fold_samples(samples, start // wanted, [plans[index] for index in these], workspace)
        partials.update(zip(these, found, strict=True))
    return [partials[index] for index in range(len(plans))]


def _check_borders(start: int, count: int, nsamples: int, downsample: int) -> None:
    if start % downsample or (count % downsample and start + count < nsamples):
        raise ValueError(
            f"found a chunk of samples {start} to {start + count}, expected whole runs of {downsample} samples to add; cut "
            "the recording at multiples of that"
        )


def _downsample_by_4(samples: NDArray[np.uint8], workspace: FoldWorkspace, downsample: int) -> NDArray[np.uint8]:
    """Add four clean samples into one whose noise is as large; rounding to 8 bits adds 0.03 % to its variance."""
    sums = workspace.array(f"samples of {downsample}", (len(samples), -(-samples.shape[1] // 4)), np.uint8)
    add_fours(samples, sums)
    return sums


def _fold_samples(
    data: NDArray[np.uint8], start: int, plans: Sequence[FoldPlan], workspace: FoldWorkspace
) -> list[PartialFold]:
    """Fold samples of one time resolution, the first of which has the number `start`, at candidates of that resolution."""
    partials = [_empty_partial(start, start + data.shape[1], plan) for plan in plans]
    scratch = _make_scratch(data.shape[1], plans, workspace)
    size = len(scratch.subbands)
    for batch in (slice(first, first + size) for first in range(0, len(plans), size)):
        delays = np.stack([plan.delay_samples for plan in plans[batch]])
        slots = [_chunk_slots(start, data.shape[1], *pair) for pair in zip(plans[batch], partials[batch], strict=True)]
        for block in range(plans[0].nblocks):
            for lane in range(LANES):
                _sum_subband(data, plans[batch], delays, block * LANES + lane, scratch)
            for plan, partial, of_chunk, subbands in zip(
                plans[batch], partials[batch], slots, scratch.subbands, strict=False
            ):
                first = int(plan.block_delays[:, 1].max() - plan.block_delays[block, 1])
                nrows = _whole_runs(data.shape[1] + int(np.ptp(plan.block_delays[block])))
                _fold_block(subbands, of_chunk[first : first + nrows], plan, partial.sums[block])
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


def _make_scratch(nsamples: int, plans: Sequence[FoldPlan], workspace: FoldWorkspace) -> _Scratch:
    """Scratch memory for chunks of `nsamples`; the batch of candidates is as large as the memory allows."""
    most = max(len(channels) for channels in plans[0].subband_channels)
    margin = max(int(np.ptp(plan.subband_delays, axis=1).max()) for plan in plans) + FOLD_STRIDE
    span = max(int(np.ptp(plan.block_delays, axis=1).max()) for plan in plans)
    nrows = _whole_runs(nsamples + span + FOLD_STRIDE)
    width = nsamples + 2 * margin
    width += (_ROW_SHIFT_BYTES - width) % _CACHE_WAY_BYTES
    batch = int(np.clip(workspace.subbands_bytes // (2 * LANES * nrows), 1, len(plans)))
    return _Scratch(
        channels=workspace.array("channels", (most, width), np.uint8),
        margin=margin,
        subbands=workspace.array("subbands", (batch, LANES, nrows), np.uint16),
    )


def _whole_runs(nsamples: int) -> int:
    return -(-nsamples // FOLD_STRIDE) * FOLD_STRIDE


def _empty_partial(start: int, stop: int, plan: FoldPlan) -> PartialFold:
    """Zeros for the sub-integrations that samples `start` to `stop` can fall into."""
    earliest = start - int(plan.block_delays.max())
    first, last = plan.subints_of(earliest, stop - 1 - int(plan.block_delays.min()))
    lanes = 1 if plan.geometry.is_series else LANES
    return PartialFold(first, np.zeros((plan.nblocks, (last - first) * plan.spec.nbins, lanes)))


def _chunk_slots(start: int, nsamples: int, plan: FoldPlan, partial: PartialFold) -> NDArray[np.int32]:
    """Return the slots in `partial.sums` of all samples of the top of the band to which a chunk adds."""
    latest = int(plan.block_delays[:, 1].max())
    count = nsamples + latest - int(plan.block_delays[:, 0].min()) + FOLD_STRIDE
    slots = phase_slots(start - latest, count, plan) - np.int32(partial.first_subint * plan.spec.nbins)
    # The last rows hold no samples: they may fall past the chunk's sub-integrations, and add zeros wherever they land.
    np.minimum(slots, np.int32(partial.sums.shape[1] - 1), out=slots)
    return slots


def _sum_subband(
    data: NDArray[np.uint8], plans: Sequence[FoldPlan], delays: NDArray[np.int64], subband: int, scratch: _Scratch
) -> None:
    """Dedisperse one sub-band for every plan; outputs begin with the chunk's first sample less the block's latest delay."""
    nsamples, nothing = data.shape[1], np.zeros(len(plans), np.int64)
    channels = plans[0].subband_channels[subband] if subband < plans[0].spec.nsubbands else np.empty(0, np.intp)
    block, lane = divmod(subband, LANES)
    if not len(channels):
        add_shifted_channels(scratch.channels, np.empty((len(plans), 0), np.int64), nothing, nothing, lane, scratch.subbands)
        return
    # Zeros before and after the samples let every channel be read over the whole length of the sub-band.
    place_channels(data, channels, scratch.margin, scratch.channels)
    row_starts = np.arange(len(channels)) * scratch.channels.shape[1] + scratch.margin
    earliest, latest = np.stack([plan.subband_delays[subband] for plan in plans], axis=1)
    firsts = np.array([plan.block_delays[block, 1] for plan in plans]) - latest
    nruns = -(-(nsamples + latest - earliest) // FOLD_STRIDE)
    offsets = row_starts + delays[:, channels] - latest[:, None]
    add_shifted_channels(scratch.channels, offsets, firsts, nruns, lane, scratch.subbands)


def _fold_block(subbands: NDArray[np.uint16], slots: NDArray[np.int32], plan: FoldPlan, sums: NDArray[np.float64]) -> None:
    """Fold the 16 sub-bands of one lane block at one candidate."""
    nchans = max(len(channels) for channels in plan.subband_channels)
    flush_rows = min(_MAX_FLUSH_ROWS, _EXACT_FLOAT32 // (255 * max(nchans, 1))) // LANES * LANES
    squares, recent = np.empty((2, LANES, LANES), np.float32), np.zeros((len(sums), 2, LANES), np.float32)
    fold_rows(subbands, slots, flush_rows, squares, recent, sums)


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
    spec = plan.spec
    slots = np.empty(count, np.int32)
    for start, stop, step_s, epoch_s in plan.clock.pieces(first, count):
        model = np.array([spec.freq_hz, spec.fdot_hz_s, spec.fddot_hz_s2, step_s, epoch_s])
        phase_bins(start, model, spec.nbins, slots[start - first : stop - first])
    lowest, highest = plan.subints_of(first, first + count - 1)
    edges = -(-np.arange(lowest + 1, highest) * plan.nsamples // spec.nsubints)
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
