"""One reading of the recording: chunks into lane blocks."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.dedispersion import dedisperse
from fastpipe.constants import LANES
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.recording import Chunk, cut_into_chunks
from fastpipe.pipeline.clean_recording import CleanRecording, SampleKind
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.shards import Pass


def dedisperse_pass(
    clean: CleanRecording, reading: Pass, buffer: NDArray[np.float32], executor: Executor, stage: str = "dedispersion"
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
    stage
        Name under which progress is shown.

    Returns
    -------
    list of LaneBlocks
        Views of `buffer`, one for each shard.
    """
    header = clean.recording.header
    series, used = [], 0
    for shard in reading.shards:
        blocks = buffer[used : used + shard.values].reshape(shard.nblocks, shard.nfft, LANES)
        blocks[:, shard.nsamples :] = 0.0
        used += shard.values
        series.append(LaneBlocks(blocks, shard.plan.dm_trials, shard.nsamples, header.tsamp * shard.downsample))

    def fill_kind(chunk: Chunk, kind: SampleKind) -> None:
        start, stop = chunk.start // kind.downsample, -(-chunk.stop // kind.downsample)
        lead, ncolumns = reading.column_range(kind)
        stretch = Chunk(start - lead, start - lead + ncolumns)
        shape = (reading.nrows(kind), ncolumns)
        channels = clean.read(stretch, kind.downsample, shape, is_filtered=kind.is_filtered)
        for shard, output in zip(reading.shards, series, strict=True):
            if shard.kind == kind:
                column = lead - shard.plan.lead_samples
                dedisperse(channels, column, shard.plan, output.blocks, start, stop - start)

    def fill(chunk: Chunk) -> None:
        # The channels of one kind are given back before those of the next are made.
        for kind in reading.kinds:
            fill_kind(chunk, kind)

    executor.map(fill, cut_into_chunks(header.nsamples, reading.chunk_spectra), stage)
    return series
