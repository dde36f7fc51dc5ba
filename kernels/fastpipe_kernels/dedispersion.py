"""Radix dedispersion: every stage adds shifted rows.

A stage turns rows over time into fewer, better dedispersed rows: out[o, t] = sum over k of rows[source, t + shift].
Source and shift of each term come from a plan as one flat position, ``source * row_length + shift``. Sums of up to 257
8-bit channels fit uint16, so all stages but the last stay in 16 bits, 32 values an instruction.
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
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

STEP = 128
"""Samples a stage advances at once: lengths of rows are multiples of it, and inputs reach that far past the end."""

TRIAL_STEP = 64
"""Samples the last stage advances at once."""


@kernel
def add_rows(
    rows: NDArray[np.uint8] | NDArray[np.uint16],
    position: NDArray[np.int64],
    first_row: NDArray[np.int64],
    length: int,
    tile: int,
    out: NDArray[np.uint16],
) -> None:
    """Add shifted rows: a stage before the last, out[o, t] = sum over k of rows.flat[position[o, k] + t].

    Parameters: `rows` uint8 (channels, in the first stage) or uint16 [nrows, row_length]; `position` int64 [nout, radix];
    `first_row` int64 [nnodes + 1], where the rows of each node begin, which share their inputs; `length` samples to make, a
    multiple of STEP; `tile` samples of one node made together, a multiple of STEP, so that the inputs stay in cache; `out`
    uint16 [nout, out_length]. The sums must fit 16 bits.

    Cost: nout * radix * length additions; 1 or 2 bytes read an addition from cache, 2 bytes written an output.
    """
    out_length = out.shape[1]
    radix = position.shape[1]
    for node in range(first_row.size - 1):
        for start in range(0, length, tile):
            stop = min(start + tile, length)
            for o in range(first_row[node], first_row[node + 1]):
                for t in range(start, stop, STEP):
                    p = position[o, 0] + t
                    a, b = load_u16(rows, p), load_u16(rows, p + 32)
                    c, d = load_u16(rows, p + 64), load_u16(rows, p + 96)
                    for k in range(1, radix):
                        p = position[o, k] + t
                        a, b = a + load_u16(rows, p), b + load_u16(rows, p + 32)
                        c, d = c + load_u16(rows, p + 64), d + load_u16(rows, p + 96)
                    q = o * out_length + t
                    store_u16(out, q, a)
                    store_u16(out, q + 32, b)
                    store_u16(out, q + 64, c)
                    store_u16(out, q + 96, d)


@kernel
def _add_trial(
    rows: NDArray[np.uint16],
    position: NDArray[np.int64],
    trial: int,
    start: int,
    baseline: np.float32,
    row: int,
    scratch: NDArray[np.float32],
) -> None:
    zero = splat_u32(np.uint32(0))
    a, b, c, d = zero, zero, zero, zero
    for k in range(position.shape[1]):
        p = position[trial, k] + start
        a, b = a + load_u32(rows, p), b + load_u32(rows, p + 16)
        c, d = c + load_u32(rows, p + 32), d + load_u32(rows, p + 48)
    level = splat16(baseline)
    store16(scratch, row * TRIAL_STEP, to_float16(a) - level)
    store16(scratch, row * TRIAL_STEP + 16, to_float16(b) - level)
    store16(scratch, row * TRIAL_STEP + 32, to_float16(c) - level)
    store16(scratch, row * TRIAL_STEP + 48, to_float16(d) - level)


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

    Parameters: `rows` uint16 [nrows, row_length], reaching TRIAL_STEP samples past the end; `position` int64
    [16 * nblocks, radix]; `baseline` float32, what the sum is without signal; `first_sample`, `nsamples` rows of `out` to
    fill; `scratch` float32 [32, TRIAL_STEP]; `out` float32 [nblocks, nrows_out, 16].

    Cost: 16 * nblocks * radix * nsamples additions; 2 bytes read an addition from cache, 4 bytes written an output.
    """
    nblocks, nrows_out = out.shape[0], out.shape[1]
    for start in range(0, nsamples, TRIAL_STEP):
        count = min(TRIAL_STEP, nsamples - start)
        for block in range(nblocks):
            for lane in range(16):
                _add_trial(rows, position, 16 * block + lane, start, baseline, lane, scratch)
            target = (block * nrows_out + first_sample + start) * 16
            for t in range(0, count - 15, 16):
                store_transposed(scratch, t, TRIAL_STEP, out, target + 16 * t)
            done = count - count % 16
            if done < count:
                # A partial tile goes through the second half of the scratch, so that nothing past the end is written.
                store_transposed(scratch, done, TRIAL_STEP, scratch, 16 * TRIAL_STEP)
                for t in range(count - done):
                    store16(out, target + 16 * (done + t), load16(scratch, 16 * TRIAL_STEP + 16 * t))
