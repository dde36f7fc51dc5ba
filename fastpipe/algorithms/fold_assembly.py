"""From the finished sums of a fold to its cube: what is the zero level, how much was counted, what is the exact phase."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_counts import coarse_timeline, count_timelines
from fastpipe.algorithms.fold_plan import FoldPlan
from fastpipe.algorithms.rotation import rotate
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.presence import presence_of_all

_ZERO_SIGNAL: Final = 128


def finish_cube(sums: NDArray[np.float64], plan: FoldPlan) -> FoldedCube:
    """Turn the added-up sums of one candidate into its cube.

    The zero level and the mean of each sub-integration of each sub-band are subtracted, and each sub-band is turned by what
    the rounding of its channels' delays left over on average, so that its phase is exact to second order. Samples that hold
    no signal are at the zero level, so they leave the sums alone; they are not counted. Samples that were added before they
    were folded count as so many, with their sum: noise and counts are the same for any resolution in time.

    Parameters
    ----------
    sums
        Sum of the partial folds of all chunks, shape [nsubbands, nsubints * nbins].
    plan
        The candidate.

    Returns
    -------
    FoldedCube
        The cube at the values of the plan.
    """
    spec, geometry = plan.spec, plan.geometry
    nchans, downsample = len(geometry.chan_freqs_mhz), spec.downsample
    present = geometry.presence or presence_of_all(geometry.nsamples, nchans)
    folded = coarse_timeline(presence_of_all(plan.nsamples, nchans), 1)
    added, counts = count_timelines(plan, (folded, coarse_timeline(present, downsample)))
    of_cells = sums.reshape(spec.nsubbands, spec.nsubints, spec.nbins).transpose(1, 0, 2)
    cube = of_cells * geometry.series_step if geometry.is_series else (of_cells - _ZERO_SIGNAL * added) * np.sqrt(downsample)
    total = counts.sum(axis=2, keepdims=True)
    cube = cube - counts * np.divide(cube.sum(axis=2, keepdims=True), total, out=np.zeros_like(total), where=total > 0)
    turned = rotate(cube, -spec.freq_hz * plan.late_s[None, :])
    return FoldedCube(
        cube=turned.astype(np.float32),
        counts=counts.astype(np.float32),
        subint_mid_s=plan.clock.since_epoch_s((np.arange(spec.nsubints) + 0.5) / spec.nsubints * plan.nsamples - 0.5),
        subband_freqs_mhz=plan.subband_freqs_mhz,
        freq_hz=spec.freq_hz,
        fdot_hz_s=spec.fdot_hz_s,
        dm=spec.dm,
        reference_mhz=geometry.reference_mhz,
        fddot_hz_s2=spec.fddot_hz_s2,
    )
