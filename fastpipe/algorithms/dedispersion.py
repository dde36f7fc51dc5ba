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
from fastpipe_kernels.dedispersion import STEP, TRIAL_STEP, add_into_lanes, add_rows

ZERO_LEVEL = 128
"""Value of a clean sample without signal; dead channels and everything outside the recording hold it."""

_TILE = 4 * STEP
"""Samples of one node made together; the inputs of a tile stay in the second-level cache."""

_ROW_BYTES = 2**23
"""Bytes of the rows of one stage that are worked on together, where the sweep of the band does not ask for longer rows."""


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
    piece = _piece_samples(plan, nsamples)
    return (nsamples - 1) // piece * piece + _row_lengths(plan, piece)[0]


def working_bytes(plan: RadixPlan, nsamples: int) -> int:
    """Bytes of the rows between channels and series that dedispersing `nsamples` holds at once."""
    lengths = _row_lengths(plan, _piece_samples(plan, nsamples))
    return sum(2 * len(stage.source) * length for stage, length in zip(plan.stages[:-1], lengths[1:], strict=True))


def additions(plan: RadixPlan, nsamples: int) -> tuple[int, ...]:
    """Additions of each stage in dedispersing `nsamples` of the series, with those where its pieces overlap."""
    piece = _piece_samples(plan, nsamples)
    lengths = [*_row_lengths(plan, piece)[1:], piece]
    npieces = -(-nsamples // piece)
    return tuple(npieces * stage.source.size * length for stage, length in zip(plan.stages, lengths, strict=True))


def _piece_samples(plan: RadixPlan, nsamples: int) -> int:
    """Return the samples to take through all stages at once: few for the cache, many against the sweep of the last stage."""
    nrows = max(len(stage.source) for stage in plan.stages[:-1])
    # Whole steps, so that a shorter stretch never needs longer channels than a longer one.
    longest = _round_up(max(_ROW_BYTES // (2 * nrows), 4 * plan.stages[-1].reach_samples), STEP)
    return _round_up(-(-nsamples // -(-nsamples // longest)), STEP)


def _positions(stage: RadixStage, row_length: int) -> NDArray[np.int64]:
    """Return where each term of a stage begins in the flat array of its input rows."""
    return stage.source * row_length + stage.shift


def _check_array(name: str, array: NDArray[Any], dtype: type, least: tuple[int, ...]) -> None:
    """Refuse an array beyond whose end the kernels would read or write."""
    is_large = array.ndim == len(least) and all(n >= m for n, m in zip(array.shape, least, strict=True))
    if not is_large or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(
            f"found {name} of {array.dtype} of shape {array.shape}, expected C-contiguous {np.dtype(dtype)} of at least "
            f"{least}; see channel_length"
        )


def dedisperse(
    channels: NDArray[np.uint8],
    first_column: int,
    plan: RadixPlan,
    out: NDArray[np.float32],
    first_sample: int,
    nsamples: int,
) -> None:
    """Dedisperse a clean chunk into its stretch of the lane blocks.

    Parameters
    ----------
    channels
        Clean samples, channel-major, top of the band first, C-contiguous uint8 [at least plan.nchans, ncolumns], with
        `ZERO_LEVEL` for no signal.
    first_column
        Column of the sample that is `plan.lead_samples` before the first of the stretch; from there on
        ``channel_length(plan, nsamples)`` columns are read.
    plan
        Stages for the trials of `out`.
    out
        Lane blocks, float32 [ceil(ntrials / 16), nrows, 16], C-contiguous; rows `first_sample` to
        ``first_sample + nsamples`` are written in all blocks. Lanes beyond the last trial repeat it.
    first_sample, nsamples
        The stretch, in samples of the series.

    Raises
    ------
    ValueError
        If an array is of the wrong type or too small.

    References
    ----------
    Tree dedispersion: Taylor 1974, A&AS 15, 367. The stages: `fastpipe.algorithms.radix_plan`.
    """
    _check_array("channels", channels, np.uint8, (plan.nchans, first_column + channel_length(plan, nsamples)))
    _check_array("series", out, np.float32, (-(-len(plan.dm_trials) // LANES), first_sample + nsamples, LANES))
    piece = _piece_samples(plan, nsamples)
    lengths = _row_lengths(plan, piece)
    # Rows of every stage: the channels themselves, then two buffers that all pieces use again.
    rows: list[NDArray[Any]] = [channels]
    for stage, length in zip(plan.stages[:-1], lengths[1:], strict=True):
        rows.append(np.empty((len(stage.source), length), np.uint16))
    positions = [_positions(stage, row.shape[1]) for stage, row in zip(plan.stages, rows, strict=True)]
    missing = out.shape[0] * LANES - len(positions[-1])
    positions[-1] = np.pad(positions[-1], ((0, missing), (0, 0)), mode="edge")
    baseline = np.float32(ZERO_LEVEL * math.prod(stage.source.shape[1] for stage in plan.stages))
    scratch = np.empty((2 * LANES, TRIAL_STEP), np.float32)
    for start in range(0, nsamples, piece):
        count = min(piece, nsamples - start)
        for i, stage in enumerate(plan.stages[:-1]):
            position = positions[i] if i else positions[i] + (first_column + start)
            add_rows(rows[i], position, stage.first_row, lengths[i + 1], _TILE, rows[i + 1])
        add_into_lanes(rows[-1], positions[-1], baseline, first_sample + start, count, scratch, out)
