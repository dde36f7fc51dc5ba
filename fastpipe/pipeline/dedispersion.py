"""One reading of the recording: chunks into lane blocks."""

import math

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.dedispersion import dedisperse
from fastpipe.constants import LANES
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.recording import Chunk, cut_into_chunks
from fastpipe.pipeline.clean_recording import CleanRecording, CleanStretch
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.passes import Pass
from fastpipe.pipeline.scratch import ScratchPool, whole_lines


def dedisperse_pass(
    clean: CleanRecording,
    reading: Pass,
    buffer: NDArray[np.float32],
    executor: Executor,
    scratch: ScratchPool | None = None,
) -> list[LaneBlocks]:
    """Read the recording once and make the lane blocks of all shards of a pass.

    Parameters
    ----------
    clean
        The recording.
    reading
        The shards and the length of the chunks.
    buffer
        Memory for the lane blocks, shape [at least reading.values].
    executor
        Runs one task for each chunk.
    scratch
        Lends ``reading.chunk_bytes()`` to each task; None for a pool of this pass alone.

    Returns
    -------
    list of LaneBlocks
        Views of `buffer`, one for each of `reading.dedispersed`.
    """
    header = clean.recording.header
    pool, nbytes = scratch or ScratchPool(), reading.chunk_bytes()
    series = _empty_series(reading, buffer, header.tsamp)

    def fill(chunk: Chunk) -> None:
        with pool.borrow(nbytes) as memory:
            stretches, workspace = _stretches(reading, chunk, memory)
            clean.fill(stretches)
            channels = {stretch.kind: stretch.channels for stretch in stretches}
            for shard, output in zip(reading.dedispersed, series, strict=True):
                start, stop = chunk.start // shard.downsample, -(-chunk.stop // shard.downsample)
                column = reading.column_range(shard.kind)[0] - shard.plan.lead_samples
                dedisperse(channels[shard.kind], column, shard.plan, output.blocks, start, stop - start, workspace)

    executor.map(fill, cut_into_chunks(header.nsamples, reading.chunk_spectra), "dedispersion")
    return series


def _empty_series(reading: Pass, buffer: NDArray[np.float32], tsamp: float) -> list[LaneBlocks]:
    """Cut the lane blocks of all shards out of a buffer, with zeros after their last sample."""
    series, used = [], 0
    for shard in reading.dedispersed:
        blocks = buffer[used : used + shard.values].reshape(shard.nblocks, shard.nfft, LANES)
        blocks[:, shard.nsamples :] = 0.0
        used += shard.values
        series.append(LaneBlocks(blocks, shard.plan.dm_trials, shard.nsamples, tsamp * shard.downsample))
    return series


def _stretches(reading: Pass, chunk: Chunk, memory: NDArray[np.uint8]) -> tuple[list[CleanStretch], NDArray[np.uint8]]:
    """Cut the arrays for the clean samples of a chunk out of some memory; return also what is left of it."""
    stretches = []
    for kind in reading.kinds:
        lead, ncolumns = reading.column_range(kind)
        first = chunk.start // kind.downsample - lead
        shape = reading.channels_shape(kind)
        nbytes = math.prod(shape)
        stretches.append(CleanStretch(kind, Chunk(first, first + ncolumns), memory[:nbytes].reshape(shape)))
        memory = memory[whole_lines(nbytes) :]
    return stretches, memory
