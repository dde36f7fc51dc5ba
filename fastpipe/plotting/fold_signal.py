"""What the page of a candidate draws of its folded cube: maps, the pulse, and how its S/N grows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import Fold
from fastpipe.data.folded_cube import FoldedCube


@dataclass(frozen=True, slots=True)
class PulseShape:
    """Where the pulse of a profile is, and what is beside it."""

    first_bin: int
    """First bin of the window of the pulse's width that holds most of it."""
    width_bins: int
    """Width of the window in bins."""
    off_level: float
    """Mean of the profile outside the window and as much again on both sides, in the unit of the profile."""
    off_noise: float
    """Standard deviation there, in the same unit; 1 where there is nothing but the noise that was reckoned with."""
    height: float
    """Largest value in the window, in the same unit."""


def find_pulse(profile: NDArray[np.float32], width_phase: float) -> PulseShape:
    """Find the pulse of a known width in a profile.

    Parameters
    ----------
    profile
        Profile in units of its noise, shape [nbins].
    width_phase
        Width of the pulse in turns; one that is no number counts as a bin.

    Returns
    -------
    PulseShape
        Position, baseline and height.

    Examples
    --------
    >>> pulse = find_pulse(np.array([0, 0, 0, 0, 0, 0, 2, 3], np.float32), 0.25)
    >>> pulse.first_bin, pulse.width_bins, pulse.off_level, pulse.height
    (6, 2, 0.0, 3.0)
    """
    nbins = len(profile)
    width = int(np.clip(round(width_phase * nbins), 1, max(nbins // 2, 1))) if np.isfinite(width_phase) else 1
    values = profile.astype(np.float64)
    wrapped = np.concatenate((values, values[:width]))
    sums = np.cumsum(np.concatenate(([0.0], wrapped)))
    first = int(np.argmax(sums[width:][:nbins] - sums[:nbins]))
    from_first = np.roll(values, -first)
    # A pulse has wings: nothing within its own width of it counts as noise, where that leaves enough.
    margin = width if 3 * width <= nbins // 2 else 0
    outside = from_first[width + margin : nbins - margin]
    outside = outside if len(outside) else from_first
    return PulseShape(first, width, float(outside.mean()), float(outside.std()), float(from_first[:width].max()))


def signal_map(cube: FoldedCube, axis: int) -> NDArray[np.float64]:
    """Sum a cube over sub-integrations or sub-bands, in units that give every part the same noise.

    Parameters
    ----------
    cube
        Folded cube.
    axis
        0 for the sum over sub-integrations, 1 for that over sub-bands.

    Returns
    -------
    ndarray
        Signal, NaN where there are no data, shape [nsubbands, nbins] or [nsubints, nbins].
    """
    total = cube.cube.sum(axis=axis, dtype=np.float64)
    counts = cube.counts.sum(axis=axis, dtype=np.float64)
    return np.where(counts > 0, total / np.sqrt(np.maximum(counts, 1.0)), np.nan)


def growing_snr(fold: Fold, pulse: PulseShape, axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how the S/N of the pulse grows as parts of the cube are added, and how that of a steady pulse would.

    Parameters
    ----------
    fold
        Fold of a candidate.
    pulse
        Where the pulse is; a boxcar of its width is the filter.
    axis
        0 for a sum over the sub-bands from the bottom of the band up, 1 for one over the sub-integrations.

    Returns
    -------
    measured, steady : ndarray
        S/N before the first part and after each, shape [1 + nparts]; that of a steady pulse grows as the root of the data.
    """
    cube = fold.cube
    template = np.zeros(cube.nbins)
    template[(pulse.first_bin + np.arange(pulse.width_bins)) % cube.nbins] = 1.0
    template -= template.mean()
    template /= max(float(np.sqrt(np.sum(template**2))), 1e-9)
    strength = cube.cube.sum(axis=axis, dtype=np.float64) @ template
    counts = cube.counts.sum(axis=(axis, 2), dtype=np.float64) / cube.nbins
    if axis == 0:  # Sub-bands of a cube go from the top of the band down.
        strength, counts = strength[::-1], counts[::-1]
    added = np.concatenate(([0.0], np.cumsum(counts)))
    signal = np.concatenate(([0.0], np.cumsum(strength)))
    scale = _sample_noise(fold) * np.sqrt(added)
    measured = np.divide(signal, scale, out=np.zeros_like(signal), where=scale > 0)
    return measured, measured[-1] * np.sqrt(added / max(added[-1], 1e-9))


def _sample_noise(fold: Fold) -> float:
    """Return the noise of one channel sample with which the profile was scaled; 0 where nothing was counted."""
    counts = fold.cube.counts.sum(axis=(0, 1), dtype=np.float64)
    sums = fold.cube.cube.sum(axis=(0, 1), dtype=np.float64)
    # A constant under the profile is no matter.
    scaled = fold.profile * np.sqrt(counts)
    scaled = scaled - scaled.mean()
    energy = float(scaled @ scaled)
    return abs(float(scaled @ (sums - sums.mean()))) / energy if energy > 0 else 0.0
