"""What the kernels of refinement compute, written down as it is defined."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def match_by_transforms(
    harmonics: NDArray[np.complex128], pulses: Sequence[NDArray[np.float64]], places: Sequence[int]
) -> NDArray[np.float64]:
    """Value, number of the pulse and place in turns of the best pulse of each profile, shape [3, nprofiles].

    `harmonics` has shape [nprofiles, nharm]; a pulse is tried at all places by an inverse Fourier transform, and the top is
    that of the parabola through the largest value and its neighbours.
    """
    best = np.full((3, len(harmonics)), -np.inf)
    for width, (pulse, count) in enumerate(zip(pulses, places, strict=True)):
        for row, profile in enumerate(harmonics):
            spectrum = np.concatenate(([0.0], 0.5 * profile[: len(pulse)] * pulse))
            found = np.fft.irfft(spectrum, count, norm="forward")
            top = int(found.argmax())
            before, at, after = found[top - 1], found[top], found[(top + 1) % count]
            slope, bend = after - before, max(2.0 * at - before - after, 1e-30)
            if (value := at + slope**2 / (8.0 * bend)) > best[0, row]:
                best[:, row] = value, width, (top + slope / (2.0 * bend)) / count % 1.0
    return best


def sum_turned_rows(values: NDArray[np.complex128], ramps: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Sum over i of values[k, a, i] ramps[i, d]^(k + 1), shape [nharm, na, nd]."""
    powers = ramps ** np.arange(1, len(values) + 1)[:, None, None]
    return np.asarray(np.einsum("kai,kid->kad", values, powers))


def residuals_of(
    sums: NDArray[np.float64], counts: NDArray[np.float64], pulse: NDArray[np.float64], least_share: float
) -> NDArray[np.float64]:
    """What is left of a cube without its mean pulse over its expected spread for noise of 1; NaN where that tells little."""
    of_row, total = counts.sum(axis=2, keepdims=True), counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (1.0 - counts / of_row) * (1.0 - counts / total)
        return np.where((counts > 0) & (share > least_share), (sums - counts * pulse) / np.sqrt(counts * share), np.nan)
