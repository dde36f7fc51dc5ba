"""The pulse of a fold over stretches of time or band: whether it is there, how it varies, if it stays in place."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fourier_cube import FourierCube, detection_level

_GROUP_SNR: Final = 3.0
"""S/N that the pulse should have in each stretch in which it is judged."""
_PRESENT: Final = 1.0 / 3.0
"""Part of the expected strength from which on the pulse counts as present: one standard deviation at that S/N."""
_SHAPE_VARIANCE: Final = 0.01
"""Part of the square of its S/N by which a real pulse fails its template: single pulses differ from their mean."""
_PHASES_A_HARMONIC: Final = 8


@dataclass(frozen=True, slots=True)
class PulseStrengths:
    """The pulse in stretches of about equal weight, measured with the profile of the whole fold as template."""

    strength: NDArray[np.float64]
    """Strength over that of a pulse that is the same everywhere, shape [ngroups]."""
    noise: NDArray[np.float64]
    """Standard deviation of `strength` by noise, shape [ngroups]."""
    misplacement: NDArray[np.float64]
    """Twice the gain in log likelihood if the pulse of the stretch alone may move in phase: chi^2 of one degree of freedom
    for a pulse that stays, after an allowance for pulses that vary in shape; shape [ngroups]."""

    @property
    def persistence(self) -> float:
        """Fraction of stretches that show the pulse in its place; NaN for fewer than two."""
        return float(np.mean(self.strength > _PRESENT)) if len(self.strength) > 1 else float("nan")

    @property
    def modulation(self) -> float:
        """Standard deviation of the strength beyond that of noise, over its mean; NaN for fewer than two stretches.

        Scintillation makes about 1, a signal in one of n stretches sqrt(n - 1).
        """
        if len(self.strength) < 2:
            return float("nan")
        excess = float(np.var(self.strength, ddof=1) - np.mean(self.noise**2))
        return float(np.sqrt(max(excess, 0.0)))

    @property
    def phase_chi2(self) -> float:
        """Mean of `misplacement`: about 1 for a pulse that stays in place; NaN for fewer than two stretches."""
        return float(np.mean(self.misplacement)) if len(self.strength) > 1 else float("nan")


def measure_strengths(fourier: FourierCube, weights: NDArray[np.float64], axis: int, snr: float) -> PulseStrengths:
    """Measure the pulse in stretches of time or band, in as many as still have S/N 3 each.

    Parameters
    ----------
    fourier
        Harmonics of the refined cube.
    weights
        Samples in each stretch, shape [nsubints] or [nsubbands].
    axis
        0 for stretches of time, 1 for those of the band.
    snr
        S/N of the whole fold.

    Returns
    -------
    PulseStrengths
        By time or by descending frequency; empty where the S/N is too small for two stretches.
    """
    template = fourier.harmonics.sum(axis=(1, 2))
    template = template[: int(detection_level(template)[1])]
    of_stretches = fourier.harmonics.sum(axis=2 - axis)[: len(template)]
    groups = _group_starts(weights, int((snr / _GROUP_SNR) ** 2))
    energy = float(np.sum(np.abs(template) ** 2))
    if len(groups) < 2 or energy == 0.0:
        return PulseStrengths(np.zeros(0), np.zeros(0), np.zeros(0))
    filled = weights > 0
    share = np.add.reduceat(weights[filled], groups) / weights.sum()
    crossed = np.add.reduceat(of_stretches[:, filled], groups, axis=1) * np.conj(template)[:, None]
    in_place = crossed.real.sum(axis=0)
    gain = 2.0 / (energy * share)
    best = _largest_over_phase(crossed)
    # In its own place the pulse may be weaker than anywhere, but not less than absent.
    misplaced = gain * (best**2 - np.clip(in_place, 0.0, best) ** 2)
    return PulseStrengths(
        strength=in_place / (energy * share),
        noise=1.0 / np.sqrt(2.0 * energy * share),
        misplacement=misplaced / (1.0 + _SHAPE_VARIANCE * gain * best**2),
    )


def _group_starts(weights: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """First index, among stretches that are not empty, of each of at most `count` groups of about the same weight."""
    filled = weights[weights > 0]
    count = min(count, len(filled))
    if count < 2:
        return np.zeros(min(count, 1), np.intp)
    middle = (np.cumsum(filled) - filled / 2.0) / filled.sum()
    return np.asarray(np.unique((count * middle).astype(np.int64), return_index=True)[1], np.intp)


def _largest_over_phase(crossed: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Largest real part of the sum of harmonics over all turns of the phase; shape [ngroups]."""
    nharm = len(crossed)
    spectrum = np.concatenate((np.zeros_like(crossed[:1]), crossed)) / 2.0
    of_phase = np.fft.irfft(spectrum, max(_PHASES_A_HARMONIC * nharm, 16), axis=0, norm="forward")
    return np.asarray(of_phase.max(axis=0))
