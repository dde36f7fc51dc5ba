"""Which channels of a clean recording hold a signal at which times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.data.sample_stretches import cut_stretches, merge_stretches, stretches_of


@dataclass(frozen=True, slots=True)
class Presence:
    """Channels that hold a signal, stretch of time by stretch of time.

    A stretch ends where the next one begins. The last one begins at the end of the recording and holds nothing.
    """

    starts: NDArray[np.int64]
    """First sample of each stretch, ascending from 0, shape [nstretches]."""
    states: NDArray[np.int64]
    """Row of `present` that tells of each stretch, shape [nstretches]."""
    present: NDArray[np.bool_]
    """True where a channel of the clean data (top of the band first) holds a signal, shape [nstates, nchans]."""

    @property
    def samples(self) -> NDArray[np.int64]:
        """Samples of each channel that hold a signal, shape [nchans]."""
        of_states = np.bincount(self.states[:-1], np.diff(self.starts), minlength=len(self.present))
        return np.asarray(np.rint(of_states @ self.present).astype(np.int64))


def presence_of_all(nsamples: int, nchans: int) -> Presence:
    """Return the presence of all channels in a whole recording.

    Examples
    --------
    >>> presence_of_all(1000, 2).samples.tolist()
    [1000, 1000]
    """
    present = np.array([[True], [False]]) & np.ones(nchans, np.bool_)
    return Presence(np.array([0, nsamples]), np.array([0, 1]), present)


def presence_of_mask(rfi_mask: RFIMask, gaps: Sequence[Chunk], *, is_ascending: bool) -> Presence:
    """Work out what is left of a recording under a mask.

    Parameters
    ----------
    rfi_mask
        What is masked, channels in file order.
    gaps
        Stretches that were not recorded; those of the mask need not be among them.
    is_ascending
        True where the first channel of the file is the lowest.

    Returns
    -------
    Presence
        What holds a signal, top of the band first.
    """
    good = ~rfi_mask.mask
    present = np.concatenate((good[:, ::-1] if is_ascending else good, np.zeros((1, good.shape[1]), np.bool_)))
    nintervals, nsamples = len(good), rfi_mask.nsamples
    absent = cut_stretches(merge_stretches(rfi_mask.bad_samples, stretches_of(gaps)), 0, nsamples)
    borders = np.arange(nintervals, dtype=np.int64) * rfi_mask.interval_samples
    starts = np.unique(np.concatenate((borders[borders < nsamples], absent.reshape(-1), [nsamples])))
    # Where more stretches have begun than ended, nothing is present.
    begun = np.searchsorted(absent[:, 0], starts, side="right")
    ended = np.searchsorted(absent[:, 1], starts, side="right")
    is_absent = (begun > ended) | (starts == nsamples)
    return Presence(starts, np.where(is_absent, nintervals, starts // rfi_mask.interval_samples), present)
