"""Random masks for tests of what must respect them."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.rfi_mask import Reason, RFIMask


def random_mask(
    rng: np.random.Generator, nsamples: int, nchans: int, interval_samples: int, *, bad: float = 0.3, nspikes: int = 3
) -> RFIMask:
    """Mask with a fraction `bad` of the cells, a channel, an interval, and a few stretches of up to 40 samples."""
    nintervals = -(-nsamples // interval_samples)
    is_bad = rng.random((nintervals, nchans)) < bad
    is_bad[:, rng.integers(nchans)] = nchans > 1
    is_bad[rng.integers(nintervals)] = nintervals > 1
    return RFIMask(
        np.where(is_bad, Reason.LEVEL, 0).astype(np.uint16), interval_samples, nsamples, _spikes(rng, nsamples, nspikes)
    )


def _spikes(rng: np.random.Generator, nsamples: int, nspikes: int) -> NDArray[np.int64]:
    """Ascending stretches that do not touch."""
    starts = np.unique(rng.integers(0, nsamples, nspikes))
    ends = np.minimum(starts + rng.integers(1, 41, len(starts)), np.append(starts[1:] - 1, nsamples))
    return np.stack((starts, ends), axis=1)[ends > starts]
