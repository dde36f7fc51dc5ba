"""Dedispersion of cleaned chunks into lane blocks, by radix stages that add shifted rows.

Same delays as summing the channels one by one, rounded to samples once a stage: see `radix_plan`. All sums are of integers,
so the series are the same to the last bit for any length of the chunks.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.radix_plan import RadixPlan, RadixStage
from fastpipe.constants import LANES
from fastpipe_kernels.dedispersion import STEP, TRIAL_STEP, add_channels, add_into_lanes, add_rows

ZERO_LEVEL = 128
"""Value of a clean sample without signal; dead channels and everything outside the recording hold it."""

_TILE = 4 * STEP
"""Samples of one node made together; the inputs of a tile stay in the second-level cache."""


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _row_lengths(plan: RadixPlan, nsamples: int) -> list[int]:
    """Lengths in samples of the rows each stage reads, the channels first, for `nsamples` of the series."""
    lengths = [_round_up(nsamples, TRIAL_STEP)]
    for stage in reversed(plan.stages):
        lengths.append(_round_up(lengths[-1] + stage.reach_samples, STEP))
    return lengths[:0:-1]


def channel_length(plan: RadixPlan, nsamples: int) -> int:
    """Length in samples that the rows of the clean chunk must have to dedisperse `nsamples` of the series.

    The first `plan.lead_samples` lie before the first sample of the series. What is beyond `plan.reach_samples` after the
    last one is read but has no effect.
    """
    return _row_lengths(plan, nsamples)[0]


def working_bytes(plan: RadixPlan, nsamples: int) -> int:
    """Bytes of all rows that dedispersing `nsamples` holds at once, without the series themselves."""
    lengths = _row_lengths(plan, nsamples)
    rows = [plan.nchans * lengths[0]]
    rows += [2 * len(stage.source) * length for stage, length in zip(plan.stages[:-1], lengths[1:], strict=True)]
    return sum(rows)


def _positions(stage: RadixStage, row_length: int) -> NDArray[np.int64]:
    return stage.source * row_length + stage.shift


def dedisperse(
    channels: NDArray[np.uint8], plan: RadixPlan, out: NDArray[np.float32], first_sample: int, nsamples: int
) -> None:
    """Dedisperse a clean chunk into its stretch of the lane blocks.

    Parameters
    ----------
    channels
        Clean samples, channel-major, top of the band first, uint8 [plan.nchans, channel_length(plan, nsamples)], with
        `ZERO_LEVEL` for no signal. Column `plan.lead_samples` is the first sample of the stretch.
    plan
        Stages for the trials of `out`.
    out
        Lane blocks, float32 [ceil(ntrials / 16), nrows, 16], C-contiguous; rows `first_sample` to
        ``first_sample + nsamples`` are written in all blocks. Lanes beyond the last trial repeat it.
    first_sample, nsamples
        The stretch, in samples of the series.

    References
    ----------
    DESIGN of the stages: docs/architecture.md. Tree dedispersion: Taylor 1974, A&AS 15, 367.
    """
    lengths = _row_lengths(plan, nsamples)
    if channels.shape != (plan.nchans, lengths[0]) or not channels.flags.c_contiguous:
        raise ValueError(f"found channels of shape {channels.shape}, expected contiguous {(plan.nchans, lengths[0])}")
    rows: NDArray[np.uint8] | NDArray[np.uint16] = channels
    for stage, length in zip(plan.stages[:-1], lengths[1:], strict=True):
        summed = np.empty((len(stage.source), length), np.uint16)
        add: Any = add_channels if rows.dtype == np.uint8 else add_rows
        add(rows, _positions(stage, rows.shape[1]), stage.first_row, length, _TILE, summed)
        rows = summed
    last = _positions(plan.stages[-1], rows.shape[1])
    missing = out.shape[0] * LANES - len(last)
    position = np.pad(last, ((0, missing), (0, 0)), mode="edge")
    baseline = np.float32(ZERO_LEVEL * math.prod(stage.source.shape[1] for stage in plan.stages))
    scratch = np.empty((2 * LANES, TRIAL_STEP), np.float32)
    add_into_lanes(rows.view(np.uint16), position, baseline, first_sample, nsamples, scratch, out)
