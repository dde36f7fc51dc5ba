"""From the finished sums of a fold to its cube: what is the zero level, how much was counted, what is the exact phase."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_plan import FoldPlan
from fastpipe.algorithms.folding import phase_slots
from fastpipe.algorithms.rotation import rotate
from fastpipe.data.folded_cube import FoldedCube

_ZERO_SIGNAL: Final = 128
_COUNT_SAMPLES: Final = 2**18


def count_samples(plan: FoldPlan) -> NDArray[np.float64]:
    """Count the channel samples that fall into each phase bin.

    Parameters
    ----------
    plan
        The candidate.

    Returns
    -------
    ndarray
        Samples times good channels, shape [nsubints, nsubbands, nbins]. The sum is nsamples times good channels.
    """
    spec, nsamples = plan.spec, plan.geometry.nsamples
    nslots = spec.nsubints * spec.nbins
    whole = np.zeros(nslots)
    for first in range(0, nsamples, _COUNT_SAMPLES):
        whole += np.bincount(phase_slots(first, min(_COUNT_SAMPLES, nsamples - first), plan), minlength=nslots)
    counts = np.empty((spec.nsubbands, nslots))
    for subband, channels in enumerate(plan.subband_channels):
        counts[subband] = len(channels) * whole
        delays = plan.delay_samples[channels]
        latest = int(delays.max(initial=0))
        # A channel's first samples left the top of the band before the recording began, and its last are missing likewise.
        late = np.cumsum(np.bincount(delays, minlength=latest + 1)[:0:-1]).astype(np.float64)
        if latest > 0:
            counts[subband] += np.bincount(phase_slots(-latest, latest, plan), late, minlength=nslots)
            counts[subband] -= np.bincount(phase_slots(nsamples - latest, latest, plan), late, minlength=nslots)
    return counts.reshape(spec.nsubbands, spec.nsubints, spec.nbins).transpose(1, 0, 2)


def finish_cube(sums: NDArray[np.float64], plan: FoldPlan) -> FoldedCube:
    """Turn the added-up sums of one candidate into its cube.

    The zero level and the mean of each sub-integration of each sub-band are subtracted, and each sub-band is turned by what
    the rounding of its channels' delays left over on average, so that its phase is exact to second order.

    Parameters
    ----------
    sums
        Sum of the partial folds of all chunks, shape [nblocks, nsubints * nbins, lanes].
    plan
        The candidate.

    Returns
    -------
    FoldedCube
        The cube at the values of the plan.
    """
    spec, geometry = plan.spec, plan.geometry
    counts = count_samples(plan)
    by_slot = sums.transpose(1, 0, 2).reshape(spec.nsubints, spec.nbins, -1)[:, :, : spec.nsubbands]
    cube = (
        by_slot.transpose(0, 2, 1) * geometry.series_step
        if geometry.is_series
        else by_slot.transpose(0, 2, 1) - _ZERO_SIGNAL * counts
    )
    total = counts.sum(axis=2, keepdims=True)
    cube = cube - counts * np.divide(cube.sum(axis=2, keepdims=True), total, out=np.zeros_like(total), where=total > 0)
    turned = rotate(cube, -spec.freq_hz * plan.late_s[None, :])
    subint_mid_s = ((np.arange(spec.nsubints) + 0.5) / spec.nsubints - 0.5) * geometry.tobs_s
    return FoldedCube(
        cube=turned.astype(np.float32),
        counts=counts.astype(np.float32),
        subint_mid_s=subint_mid_s,
        subband_freqs_mhz=plan.subband_freqs_mhz,
        freq_hz=spec.freq_hz,
        fdot_hz_s=spec.fdot_hz_s,
        dm=spec.dm,
        reference_mhz=geometry.reference_mhz,
    )
