"""Dedispersion of cleaned chunks into lane blocks, by radix stages that add shifted rows.

Same delays as summing the channels one by one, rounded to samples once a stage: see `radix_plan`. All sums are of integers,
so the series are the same to the last bit for any length of the chunks.

A chunk is worked on in pieces: the first two stages take one node of the second after the other, with the rows between them
in the second-level cache; the last stage finds the rows of all nodes in the third-level cache.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.radix_plan import RadixPlan
from fastpipe.constants import LANES
from fastpipe_kernels.dedispersion import SCRATCH_SHAPE, STEP, TRIAL_STEP, add_into_lanes, add_rows
from fastpipe_kernels.streaming import LINE_BYTES

ZERO_LEVEL = 128
"""Value of a clean sample without signal; dead channels and everything outside the recording hold it."""

_NODE_BYTES = 2**20
"""Bytes of the rows between the first two stages for one node of the second: a second-level cache."""

_ROW_BYTES = 2**23
"""Bytes of the rows between the last two stages: the part of a third-level cache that a thread may count on."""

_PIECE_SAMPLES = 512, 8192
"""Least and most samples worked on together, where the caches ask for fewer or allow more."""

_OVERLAPS = 2
"""Least length of a piece in units of the overlap that the first stage makes anew for every piece."""


@dataclass(frozen=True, slots=True)
class _PiecePlan:
    """How much of a plan is worked on at a time, and the lengths in samples of what is in memory meanwhile."""

    nodes: NDArray[np.int64]
    """Where the rows of each node of the second stage begin, and those of its inputs, shape [nnodes + 1, 2]."""
    samples: int
    """Samples of the series that a piece makes."""
    lengths: tuple[int, int]
    """Samples of the rows that the first and second stage make for a piece."""
    shapes: tuple[tuple[int, int], ...]
    """Shapes of the memory for rows of the first stage, for one node, and rows of the second, for all."""

    @property
    def working_bytes(self) -> int:
        """Bytes of rows and scratch, and a line less one byte to begin with a whole one."""
        return sum(2 * math.prod(shape) for shape in self.shapes) + 4 * math.prod(SCRATCH_SHAPE) + LINE_BYTES - 1

    def arrays(self, workspace: NDArray[np.uint8]) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.float32]]:
        """Return the memory for rows of the first and second stage and the scratch of the last, views of `workspace`."""
        used = -workspace.ctypes.data % LINE_BYTES
        views = []
        for shape, dtype in (*((shape, np.uint16) for shape in self.shapes), (SCRATCH_SHAPE, np.float32)):
            nbytes = math.prod(shape) * np.dtype(dtype).itemsize
            views.append(workspace[used : used + nbytes].view(dtype).reshape(shape))
            used += nbytes
        return views[0], views[1], views[2]


def _row_stride(length: int) -> int:
    """Return the samples from row to row: an odd number of cache lines, so that rows do not compete for the same place."""
    values = LINE_BYTES // 2
    return values * (-(-length // values) | 1)


def _plan_pieces(plan: RadixPlan, nsamples: int) -> _PiecePlan:
    """Choose the samples to take through all stages at once: few for the caches, many against the overlap."""
    first, second, last = plan.stages
    nodes = np.stack([second.first_row, first.first_row[:: second.source.shape[1]]], axis=1)
    nscratch = int(np.diff(nodes[:, 1]).max())
    overlap = second.reach_samples + last.reach_samples
    fitting = min(_NODE_BYTES // (2 * nscratch) - overlap, _ROW_BYTES // (2 * len(second.source)) - last.reach_samples)
    longest = min(max(fitting, _PIECE_SAMPLES[0], _OVERLAPS * overlap), _PIECE_SAMPLES[1])
    # The first stage adds in whole steps.
    longest = (longest + overlap) // STEP * STEP - overlap
    samples = -(-nsamples // -(-nsamples // longest))
    middle = max(samples, STEP) + last.reach_samples
    lengths = middle + second.reach_samples, middle
    # As for the longest piece: a shorter stretch never needs more memory than a longer one.
    most = max(min(nsamples, longest), STEP) + last.reach_samples
    shapes = (nscratch, _row_stride(most + second.reach_samples)), (len(second.source), _row_stride(most))
    return _PiecePlan(nodes, samples, lengths, shapes)


def channel_length(plan: RadixPlan, nsamples: int) -> int:
    """Length in samples that the rows of the clean chunk must have to dedisperse `nsamples` of the series.

    The first `plan.lead_samples` lie before the first sample of the series. What is beyond `plan.reach_samples` after the
    last one is read but has no effect.
    """
    return max(nsamples, STEP) + plan.lead_samples + plan.reach_samples


def working_bytes(plan: RadixPlan, nsamples: int) -> int:
    """Bytes of the rows between channels and series that dedispersing `nsamples` holds at once."""
    return _plan_pieces(plan, nsamples).working_bytes


def additions(plan: RadixPlan, nsamples: int) -> tuple[int, ...]:
    """Additions of each stage in dedispersing `nsamples` of the series, with those where its pieces overlap."""
    pieces = _plan_pieces(plan, nsamples)
    steps = (STEP, STEP, TRIAL_STEP)
    lengths = [-(-length // step) * step for length, step in zip((*pieces.lengths, pieces.samples), steps, strict=True)]
    npieces = -(-nsamples // pieces.samples)
    return tuple(npieces * stage.source.size * length for stage, length in zip(plan.stages, lengths, strict=True))


def _check_array(name: str, array: NDArray[Any], dtype: type, least: tuple[int, ...]) -> None:
    """Refuse an array beyond whose end the kernels would read or write."""
    is_large = array.ndim == len(least) and all(n >= m for n, m in zip(array.shape, least, strict=True))
    if not is_large or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(
            f"found {name} of {array.dtype} of shape {array.shape}, expected C-contiguous {np.dtype(dtype)} of at least "
            f"{least}; see channel_length"
        )


def _positions(plan: RadixPlan, pieces: _PiecePlan, ncolumns: int) -> list[NDArray[np.int64]]:
    """Return where each term of the stages begins in the flat array of its input rows.

    For the second stage these are the rows of one node, for the last one lanes beyond the last trial repeat it.
    """
    first, second, last = plan.stages
    own = second.source - np.repeat(pieces.nodes[:-1, 1], np.diff(pieces.nodes[:, 0]))[:, np.newaxis]
    missing = -len(last.source) % LANES
    return [
        first.source * ncolumns + first.shift,
        own * pieces.shapes[0][1] + second.shift,
        np.pad(last.source * pieces.shapes[1][1] + last.shift, ((0, missing), (0, 0)), mode="edge"),
    ]


def dedisperse(
    channels: NDArray[np.uint8],
    first_column: int,
    plan: RadixPlan,
    out: NDArray[np.float32],
    first_sample: int,
    nsamples: int,
    workspace: NDArray[np.uint8] | None = None,
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
    workspace
        Memory to work in, uint8 [at least ``working_bytes(plan, nsamples)``]; made anew by default.

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
    pieces = _plan_pieces(plan, nsamples)
    if workspace is None:
        workspace = np.empty(pieces.working_bytes, np.uint8)
    _check_array("workspace", workspace, np.uint8, (pieces.working_bytes,))
    rows, node_rows, scratch = pieces.arrays(workspace)
    positions = _positions(plan, pieces, channels.shape[1])
    baseline = np.float32(ZERO_LEVEL * math.prod(stage.source.shape[1] for stage in plan.stages))
    blocks = out[: len(positions[2]) // LANES]
    for start in range(0, nsamples, pieces.samples):
        # The last piece makes some samples a second time, so that all have the same length.
        start = min(start, nsamples - pieces.samples)
        for (row, child), (next_row, next_child) in zip(pieces.nodes[:-1], pieces.nodes[1:], strict=True):
            add_rows(channels, first_column + start, positions[0][child:next_child], pieces.lengths[0], rows)
            add_rows(rows, 0, positions[1][row:next_row], pieces.lengths[1], node_rows[row:next_row])
        add_into_lanes(node_rows, positions[2], baseline, first_sample + start, pieces.samples, scratch, blocks)
