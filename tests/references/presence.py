"""Presence from its definition: sample by sample."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_mask import RFIMask


def presence_by_definition(rfi_mask: RFIMask, gaps: Sequence[Chunk], *, is_ascending: bool) -> NDArray[np.bool_]:
    """Return for every channel (top of the band first) and sample whether it holds a signal, shape [nchans, nsamples]."""
    intervals = np.arange(rfi_mask.nsamples) // rfi_mask.interval_samples
    present = ~rfi_mask.mask.T[:, intervals]
    for start, stop in [*rfi_mask.bad_samples.tolist(), *((gap.start, gap.stop) for gap in gaps)]:
        present[:, start:stop] = False
    return present[::-1] if is_ascending else present
