"""A candidate with the delay of every channel at its DM, and the time in which its phase runs."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_clock import FoldClock, make_clock
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_resolution import MAX_SUBBAND_CHANNELS, FoldSpec
from fastpipe.constants import LANES
from fastpipe.dispersion import dm_delay_s
from fastpipe.errors import ConfigError


@dataclass(frozen=True, slots=True)
class FoldPlan:
    """A candidate with the delay of every channel, in whole samples.

    Samples, here, are those that are folded: each the sum of `spec.downsample` samples of the recording.
    """

    spec: FoldSpec
    geometry: FoldGeometry
    subband_channels: tuple[NDArray[np.intp], ...]
    """Rows of the good channels of each sub-band."""
    delay_samples: NDArray[np.int64]
    """Delay of every channel behind the top of the band, rounded to samples, shape [nchans]."""
    subband_freqs_mhz: NDArray[np.float64]
    """Frequency whose delay is the mean of the channels' delays, shape [nsubbands]."""
    subband_delays: NDArray[np.int64]
    """Smallest and largest delay in each sub-band in samples, shape [nsubbands, 2]."""
    block_delays: NDArray[np.int64]
    """Smallest and largest delay in each lane block of 16 sub-bands in samples, shape [nblocks, 2]."""
    late_s: NDArray[np.float64]
    """Mean over the channels of exact less rounded delay: how late a sub-band still is, in s, shape [nsubbands]."""
    clock: FoldClock
    """The time in which the phase runs."""

    @property
    def nblocks(self) -> int:
        """Lane blocks of 16 sub-bands."""
        return len(self.block_delays)

    @property
    def nsamples(self) -> int:
        """Number of samples; the last one may lack some of the recording's."""
        return -(-self.geometry.nsamples // self.spec.downsample)

    def subints_of(self, first_sample: int, last_sample: int) -> tuple[int, int]:
        """Half-open range of the sub-integrations that samples `first_sample` to `last_sample` (both included) belong to."""
        samples = np.clip((first_sample, last_sample), 0, self.nsamples - 1)
        first, last = samples * self.spec.nsubints // self.nsamples
        return int(first), int(last) + 1


def plan_fold(spec: FoldSpec, geometry: FoldGeometry) -> FoldPlan:
    """Work out the delays for one candidate.

    Parameters
    ----------
    spec
        The candidate.
    geometry
        The recording.

    Returns
    -------
    FoldPlan
        What `fold_chunk` needs; it is the same for all chunks.

    Raises
    ------
    ConfigError
        If a sub-band would have more than 256 channels.
    """
    nchans = len(geometry.chan_freqs_mhz)
    edges = np.arange(spec.nsubbands + 1) * nchans // spec.nsubbands
    if np.diff(edges).max() > MAX_SUBBAND_CHANNELS:
        raise ConfigError(
            f"found {spec.nsubbands} sub-bands for {nchans} channels, expected at most {MAX_SUBBAND_CHANNELS} channels "
            "in each; set a larger number of sub-bands"
        )
    delay_s = dm_delay_s(spec.dm, geometry.chan_freqs_mhz, geometry.reference_mhz)
    tsamp = spec.downsample * geometry.tsamp
    delay_samples = np.rint(delay_s / tsamp).astype(np.int64)
    late_s = delay_s - delay_samples * tsamp
    all_channels = [np.arange(first, last) for first, last in pairwise(edges)]
    good = [channels[geometry.good_channels[channels]] for channels in all_channels]
    used = [some if len(some) else every for some, every in zip(good, all_channels, strict=True)]
    freqs = np.array([np.mean(geometry.chan_freqs_mhz[channels] ** -2.0) ** -0.5 for channels in used])
    late = np.array([late_s[channels].mean() for channels in used])
    ends = np.array([(delay_samples[channels].min(), delay_samples[channels].max()) for channels in used])
    firsts = np.arange(0, spec.nsubbands, LANES)
    of_blocks = np.stack((np.minimum.reduceat(ends[:, 0], firsts), np.maximum.reduceat(ends[:, 1], firsts)), axis=1)
    clock = make_clock(geometry.nsamples / spec.downsample, tsamp, geometry.barycentre)
    return FoldPlan(spec, geometry, tuple(good), delay_samples, freqs, ends, of_blocks, late, clock)
