"""Folding of all candidates in one pass over the chunks of a recording.

Every channel sample of the recording is used exactly once: it belongs to the time at which its signal reached the top of
the band, its own time less the channel's delay rounded to whole samples. A chunk gives all sums its own samples contribute,
so chunks need no overlap, may be folded in any order or at once, and add up to the same bits for any chunk length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_layout import FoldLayout, lay_out
from fastpipe.algorithms.fold_plan import FoldPlan
from fastpipe.algorithms.fold_workspace import FoldWorkspace
from fastpipe_kernels.folding import (
    FOLD_STRIDE,
    add_fours,
    add_shifted_channels,
    fold_rows,
    phase_bins,
    place_channels,
)

_ROWS_BYTES: Final = 2**19
"""Bytes of the sub-bands that are summed at a time: half of a second-level cache."""
_SLOT_BYTES: Final = 4
_NRECENT: Final = 4


@dataclass(frozen=True, slots=True)
class PartialFold:
    """What one chunk adds to the fold of one candidate."""

    first_subint: int
    """First sub-integration the chunk touches."""
    sums: NDArray[np.float64]
    """Sums of samples, whole numbers, shape [nsubbands, subints touched times nbins]."""


def empty_sums(plan: FoldPlan) -> NDArray[np.float64]:
    """Return the zeros to which the partial folds of one candidate are added, shape [nsubbands, nsubints * nbins]."""
    return np.zeros((plan.spec.nsubbands, plan.spec.nsubints * plan.spec.nbins))


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
        One a candidate, to be added up with `add_partial` before the workspace is used again.

    Raises
    ------
    ValueError
        If a chunk begins within a sample of a candidate, or ends there and is not the last.

    Notes
    -----
    The channels of a sub-band are summed for several candidates while they are in cache, about 1 byte read and one addition
    a channel, sample and candidate; then the samples of the sub-band are folded, one addition a sample. The workspace takes
    the sums, the slots it was made for, or those of one candidate where they are more, the channels of a sub-band, and a
    third of the chunk for lower time resolutions.
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
    partials: list[PartialFold] = []
    width = data.shape[1] + max(int(np.ptp(plan.block_delays)) for plan in plans) + FOLD_STRIDE
    size = max(workspace.slots_bytes // (_SLOT_BYTES * width), 1)
    for first in range(0, len(plans), size):
        partials += _fold_group(data, start, plans[first : first + size], workspace, f"{plans[0].spec.downsample} {first}")
    return partials


def _fold_group(
    data: NDArray[np.uint8], start: int, plans: Sequence[FoldPlan], workspace: FoldWorkspace, name: str
) -> list[PartialFold]:
    """Fold samples at as many candidates as there is memory for; their sums stay in the workspace under a name."""
    layout = lay_out(data.shape[1], plans)
    first_subints, edges, slots = _fill_slots(data.shape[1], start, plans, layout, workspace)
    sums: NDArray[np.float64] = workspace.array(f"sums {name}", (plans[0].spec.nsubbands, int(edges[-1])), np.float64)
    sums[:] = 0.0
    placed = workspace.array("channels", layout.placed_shape, np.uint8)
    size = min(max(_ROWS_BYTES // (2 * layout.nrows), 1), len(plans))
    rows = workspace.array("rows", (size, layout.nrows), np.uint16)
    recent = workspace.array("recent", (_NRECENT, int(np.diff(edges).max())), np.uint32)
    first = 0
    for subband, channels in enumerate(plans[0].subband_channels):
        offsets = layout.offsets[:, first : first + len(channels)]
        first += len(channels)
        if not len(channels):
            continue
        place_channels(data, channels, layout.margin, placed)
        for begin in range(0, len(plans), size):
            some, end = slice(begin, begin + size), begin + size + 1
            add_shifted_channels(placed, offsets[some], layout.nruns[subband, some], rows)
            first_slots, of_some = layout.first_slots[subband, some], edges[begin:end]
            fold_rows(rows, layout.nruns[subband, some], slots[some], first_slots, of_some, recent, sums[subband])
    return [PartialFold(each, sums[:, begin:end]) for each, (begin, end) in zip(first_subints, pairwise(edges), strict=True)]


def _fill_slots(
    nsamples: int, start: int, plans: Sequence[FoldPlan], layout: FoldLayout, workspace: FoldWorkspace
) -> tuple[list[int], NDArray[np.int64], NDArray[np.uint32]]:
    """Work out into which sum each sample of a chunk goes.

    Returns the first sub-integration of each candidate, where its sums begin, and the sum of each sample of the top of the
    band, shape [candidates, samples].
    """
    slots: NDArray[np.uint32] = workspace.array("slots", (len(plans), layout.nslots), np.uint32)
    first_subints, edges = [], [0]
    for plan, latest, of_plan in zip(plans, layout.latest.tolist(), slots, strict=True):
        first, last = plan.subints_of(start - latest, start + nsamples - 1 - int(plan.block_delays.min()))
        nsums = (last - first) * plan.spec.nbins
        found = phase_slots(start - latest, layout.nslots, plan)
        found -= np.int32(first * plan.spec.nbins)
        # The last rows hold no samples: they may fall past the chunk's sub-integrations, and add zeros wherever they land.
        np.minimum(found, np.int32(nsums - 1), out=of_plan.view(np.int32))
        first_subints.append(first)
        edges.append(edges[-1] + nsums)
    return first_subints, np.array(edges), slots


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
    for subint in range(lowest, highest):
        begin = -(-subint * plan.nsamples // spec.nsubints) - first if subint > lowest else 0
        end = -(-(subint + 1) * plan.nsamples // spec.nsubints) - first if subint + 1 < highest else count
        slots[begin:end] += np.int32(subint * spec.nbins)
    return slots


def _fold_series(series: NDArray[np.float32], start: int, plan: FoldPlan) -> PartialFold:
    """Fold a dedispersed series. Samples are rounded to whole steps, far below the noise, so that sums are exact."""
    first, last = plan.subints_of(start, start + len(series) - 1)
    slots = phase_slots(start, len(series), plan) - first * plan.spec.nbins
    steps = np.rint(series.astype(np.float64) / plan.geometry.series_step)
    sums = np.bincount(slots, steps, minlength=(last - first) * plan.spec.nbins)
    return PartialFold(first, sums[None].astype(np.float64, copy=False))
