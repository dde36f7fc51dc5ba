"""Dedispersed series, 16 side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LaneBlocks:
    """Dedispersed series, 16 side by side."""

    blocks: NDArray[np.float32]
    """Series, zeros after their last sample, shape [nblocks, nfft, 16]."""
    dm_trials: NDArray[np.float64]
    """DMs in pc cm^-3 of the lanes, block after block; lanes beyond hold nothing new, shape [ntrials]."""
    nsamples: int
    """Samples of a series, at most nfft."""
    tsamp: float
    """Sampling time of the series in s."""
