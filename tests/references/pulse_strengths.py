"""Strength and place of the pulse in one stretch of a fold, tried phase by phase."""

import numpy as np
from numpy.typing import NDArray


def fit_in_place(stretch: NDArray[np.float64], template: NDArray[np.float64], noise: float) -> tuple[float, float, float]:
    """Fit a template to the profile of a stretch at its own phase and at all others.

    Profiles have no mean; `noise` is that of a bin of the stretch. Returns the factor of the template at its own phase, and
    chi^2 less that without a pulse, there and at the best phase, with factors of at least 0.
    """
    harmonics = np.fft.rfft(template)
    numbers = np.arange(len(harmonics))
    gains = []
    for turn in np.linspace(0.0, 1.0, 2048, endpoint=False):
        turned = np.fft.irfft(harmonics * np.exp(-2j * np.pi * numbers * turn), len(template))
        factor = float(stretch @ turned / (turned @ turned))
        gains.append((factor, (max(factor, 0.0) ** 2) * float(turned @ turned) / noise**2))
    return gains[0][0], gains[0][1], max(gain for _, gain in gains)
