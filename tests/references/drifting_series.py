"""Spectra of noise and drifting signals, and grids to search them, for the tests of the acceleration search."""

import math
from typing import Any

import numpy as np

from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.constants import LANES
from fastpipe.data.drift_range import DriftRange
from tests.references import acceleration as reference

NBINS = 4097
TOBS = 100.0


def grid(nbins: int = NBINS, **changes: Any) -> AccelerationGrid:
    """Plan a search; by default of one harmonic at 1 to 40 Hz, for drifts of up to 100 bins, without jerk."""
    jerks = changes.pop("jerk_max", math.inf), changes.pop("wmax", 0.0)
    drifts = DriftRange(changes.pop("accel_max", math.inf), changes.pop("zmax", 100.0), *jerks)
    options: dict[str, Any] = {"freqs_hz": (1.0, 40.0), "nharm_max": 1, "drifts": drifts}
    return acceleration_grid(nbins, TOBS, **(options | changes))


def noise(seed: int = 1, nbins: int = NBINS) -> np.ndarray:
    """Make white spectra of 16 lanes, mean power 1."""
    return np.random.default_rng(seed).standard_normal((nbins, 2, LANES), dtype=np.float32) * np.float32(math.sqrt(0.5))


def add(spectra: np.ndarray, lane: int, spectrum: np.ndarray) -> None:
    """Add a spectrum to one lane."""
    spectra[:, 0, lane] += spectrum.real[: len(spectra)]
    spectra[:, 1, lane] += spectrum.imag[: len(spectra)]


def chirp(power: float, r: float, z: float, phase: float = 0.0, w: float = 0.0) -> np.ndarray:
    """Make the spectrum of a chirp of a power, of frequency r bins at the middle."""
    return np.asarray(math.sqrt(power) * reference.chirp_spectrum(2 * (NBINS - 1), r, z, phase, w))


def best(table: np.ndarray, lane: int) -> Any:
    """Return the most significant peak of a lane."""
    rows = table[table["lane"] == lane]
    return rows[rows["log_probability"].argmin()]
