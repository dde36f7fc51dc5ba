"""Radix dedispersion: every stage adds shifted rows.

A stage turns rows over time into fewer, better dedispersed rows: out[o, t] = sum over k of rows[source, t + shift].
Source and shift of each term come from a plan as one flat position, ``source * row_length + shift``. Sums of up to 257
8-bit channels fit uint16, so all stages but the last stay in 16 bits, 32 values an instruction.
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import (
    load16,
    load_u16,
    load_u32,
    splat16,
    splat_u32,
    store16,
    store_transposed,
    store_u16,
    to_float16,
)
from fastpipe_kernels.streaming import LINE_BYTES, address, finish_streaming, stream_transposed

STEP = 128
"""Samples a stage advances at once: rows are at least that long."""

TRIAL_STEP = 64
"""Samples the last stage adds at once: it reads as many even where fewer are wanted."""

_RUN = 256
"""Samples of a row that the last stage reads in one go, so that the next ones are fetched ahead."""

SCRATCH_SHAPE = 17, _RUN + 16
"""Scratch of the last stage: a run of 16 trials, rows an odd number of cache lines apart, and a corner of 16 x 16."""


@kernel
def add_rows(
    rows: NDArray[np.uint8] | NDArray[np.uint16],
    offset: int,
    position: NDArray[np.int64],
    length: int,
    out: NDArray[np.uint16],
) -> None:
    """Add shifted rows: a stage before the last, out[o, t] = sum over k of rows.flat[offset + position[o, k] + t].

    Parameters: `rows` uint8 (channels, in the first stage) or uint16 [nrows, row_length]; `offset` values to skip;
    `position` int64 [nout, radix]; `length` samples to make, at least STEP; `out` uint16 [nout, at least length]. The sums
    must fit 16 bits. Rows that follow each other should share their inputs, so that these stay in the first-level cache.

    Cost: nout * radix * length additions, the length rounded up to STEP; 1 or 2 bytes read an addition from cache, 2 bytes
    written an output.
    """
    out_length = out.shape[1]
    radix = position.shape[1]
    for o in range(position.shape[0]):
        for start in range(0, length, STEP):
            # The last step makes some samples a second time rather than any beyond the end.
            t = min(start, length - STEP)
            p = offset + position[o, 0] + t
            a, b = load_u16(rows, p), load_u16(rows, p + 32)
            c, d = load_u16(rows, p + 64), load_u16(rows, p + 96)
            for k in range(1, radix):
                p = offset + position[o, k] + t
                a, b = a + load_u16(rows, p), b + load_u16(rows, p + 32)
                c, d = c + load_u16(rows, p + 64), d + load_u16(rows, p + 96)
            q = o * out_length + t
            store_u16(out, q, a)
            store_u16(out, q + 32, b)
            store_u16(out, q + 64, c)
            store_u16(out, q + 96, d)


@inlined
def _add_trial(
    rows: NDArray[np.uint16],
    position: NDArray[np.int64],
    trial: int,
    start: int,
    count: int,
    baseline: np.float32,
    scratch: NDArray[np.float32],
) -> None:
    """Add `count` samples of one trial into its row of `scratch`: radix * count additions in 32 bits."""
    zero, level = splat_u32(np.uint32(0)), splat16(baseline)
    for step in range(0, count, TRIAL_STEP):
        t = max(min(step, count - TRIAL_STEP), 0)
        a, b, c, d = zero, zero, zero, zero
        for k in range(position.shape[1]):
            p = position[trial, k] + start + t
            a, b = a + load_u32(rows, p), b + load_u32(rows, p + 16)
            c, d = c + load_u32(rows, p + 32), d + load_u32(rows, p + 48)
        q = trial % 16 * scratch.shape[1] + t
        store16(scratch, q, to_float16(a) - level)
        store16(scratch, q + 16, to_float16(b) - level)
        store16(scratch, q + 32, to_float16(c) - level)
        store16(scratch, q + 48, to_float16(d) - level)


@inlined
def _store_lanes(scratch: NDArray[np.float32], count: int, target: int, out: NDArray[np.float32]) -> None:
    """Turn `count` samples of 16 trials into rows of lanes from the flat position `target` on: 64 bytes written a row."""
    stride = scratch.shape[1]
    is_streaming = address(out) % LINE_BYTES == 0
    for step in range(0, count - 15, 16):
        if is_streaming:
            stream_transposed(scratch, step, stride, out, target + 16 * step)
        else:
            store_transposed(scratch, step, stride, out, target + 16 * step)
    done = count - count % 16
    if done < count:
        # The rest goes through the corner of the scratch, so that nothing past the end is written.
        store_transposed(scratch, done, stride, scratch, 16 * stride)
        for t in range(count - done):
            store16(out, target + 16 * (done + t), load16(scratch, 16 * (stride + t)))


@kernel
def add_into_lanes(
    rows: NDArray[np.uint16],
    position: NDArray[np.int64],
    baseline: np.float32,
    first_sample: int,
    nsamples: int,
    scratch: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Add shifted 16-bit rows into lane blocks: the last stage, 16 trials side by side.

    out[block, first_sample + t, lane] = sum over k of rows.flat[position[16 * block + lane, k] + t] - baseline.

    Parameters: `rows` uint16 [nrows, row_length], reaching past the end as if there were at least TRIAL_STEP samples;
    `position` int64 [16 * nblocks, radix]; `baseline` float32, what the sum is without signal; `first_sample`, `nsamples`
    rows of `out` to fill; `scratch` float32 of SCRATCH_SHAPE; `out` float32 [nblocks, nrows_out, 16]. If its rows are whole
    cache lines they are written past the caches, in whose place the rows stay that blocks share.

    Cost: 16 * nblocks * radix * nsamples additions; 2 bytes read an addition from cache, 4 bytes written an output.
    """
    nblocks, nrows_out = out.shape[0], out.shape[1]
    for block in range(nblocks):
        for start in range(0, nsamples, _RUN):
            count = min(_RUN, nsamples - start)
            for trial in range(16 * block, 16 * block + 16):
                _add_trial(rows, position, trial, start, count, baseline, scratch)
            _store_lanes(scratch, count, (block * nrows_out + first_sample + start) * 16, out)
    finish_streaming()
