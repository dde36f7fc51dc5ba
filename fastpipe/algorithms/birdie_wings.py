"""Detections that birdies explain: wings of a line beyond what was removed, sums of removed harmonics, members of a comb."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.tables import Table
from fastpipe.dispersion import dm_delay_s

_EXPLAINED: Final = 0.5
"""A detection is a wing if wings give at least this part of its power."""
_ZAPPED: Final = 0.5
"""A detection is a birdie if more than this part of its harmonics is zapped."""
_ZAPPED_NEAR_ZERO: Final = 0.25
"""The same for at least this part where no pulsar is known, near DM 0."""


def find_explained(
    detections: Table, birdies: Table, tobs_s: float, band_mhz: tuple[float, float] | None, dm_low: float = 1.0
) -> NDArray[np.int32]:
    """Find for each detection the birdie that explains it.

    A line of power p has at most 4 p / (pi d)^2 at a distance of d Fourier bins, with a factor of 4 for lines that are not
    quite steady, and at another DM as much less as its sweep across the band smears it. A detection is explained where the
    wings under its harmonics add up to half of its power, or more than half of its harmonics are zapped. Near DM 0 a quarter
    of them is enough, or a fundamental that is zapped or a harmonic of a comb of which a line was found: the other harmonics
    of such a comb are in the data too, and those too weak to be found add up.

    Parameters
    ----------
    detections
        Columns DETECTION_COLUMNS, any order.
    birdies
        Columns BIRDIE_COLUMNS, any order.
    tobs_s
        Length of the observation in s.
    band_mhz
        Lowest and highest frequency in MHz; None where there is no sweep.
    dm_low
        DM in pc cm^-3 below which a detection is near DM 0; where there is no sweep, none is.

    Returns
    -------
    ndarray
        `birdie_id` of the birdie that explains most; 0 where none does, shape [ndetections].
    """
    explains = np.zeros(len(detections), np.int32)
    if not len(birdies):
        return explains
    birdies = birdies[np.argsort(birdies["freq_hz"], kind="stable")]
    sweep_s = dm_delay_s(detections["dm"], *band_mhz) if band_mhz else np.zeros(len(detections))
    wings, largest = np.zeros(len(detections)), np.full(len(detections), -1.0)
    nzapped = detections["nzapped"]
    is_near_zero = (detections["dm"] < dm_low) & (band_mhz is not None)
    is_zapped = (nzapped > _ZAPPED * detections["nharm"]) | (
        is_near_zero & (nzapped >= _ZAPPED_NEAR_ZERO * detections["nharm"])
    )
    for harmonic in range(1, int(detections["nharm"].max(initial=0)) + 1):
        freqs_hz = detections["freq_hz"] * harmonic
        after = np.searchsorted(birdies["freq_hz"], freqs_hz)
        for nearest in (np.maximum(after - 1, 0), np.minimum(after, len(birdies) - 1)):
            power = _wing_power(birdies[nearest], freqs_hz, tobs_s) * _kept_by_sweep(freqs_hz * sweep_s)
            power[harmonic > detections["nharm"]] = -1.0
            is_largest = power > largest
            explains[is_largest] = birdies["birdie_id"][nearest[is_largest]]
            largest = np.maximum(largest, power)
            wings += np.where(np.isfinite(power), np.maximum(power, 0.0), 0.0)
            is_zapped |= is_near_zero & np.isinf(power) & (harmonic == 1)
    is_wing = wings >= _EXPLAINED * np.maximum(detections["power"] - detections["nharm"], 1.0)
    members = np.where(is_near_zero, _comb_members(detections["freq_hz"], birdies, tobs_s), 0)
    return np.where(is_wing | is_zapped, explains, members)


def _comb_members(freqs_hz: NDArray[np.float64], birdies: Table, tobs_s: float) -> NDArray[np.int32]:
    """Return for each frequency the sharpest line of the comb of which it is a harmonic, as `birdie_id`; 0 for none."""
    lines = birdies[np.isin(birdies["source"], (b"mains", b"diode"))]
    lines = lines[np.argsort(lines["width_hz"] / lines["harmonic"], kind="stable")]
    # The first of each fundamental, to the nearest Hz, is the sharpest.
    _, sharpest = np.unique(np.rint(lines["freq_hz"] / lines["harmonic"]), return_index=True)
    explains = np.zeros(len(freqs_hz), np.int32)
    for line in lines[sharpest]:
        ratio = np.maximum(np.rint(freqs_hz * line["harmonic"] / line["freq_hz"]), 1.0) / line["harmonic"]
        error_hz = 1.0 / tobs_s + ratio * line["width_hz"] / 2.0
        explains[np.abs(freqs_hz - ratio * line["freq_hz"]) <= error_hz] = line["birdie_id"]
    return explains


def _wing_power(birdies: Table, freqs_hz: NDArray[np.float64], tobs_s: float) -> NDArray[np.float64]:
    """Return the power at DM 0 of the wings at frequencies beside birdies; infinite inside, where noise was put."""
    power = np.nan_to_num(birdies["power_dm0"])
    beyond = (np.abs(freqs_hz - birdies["freq_hz"]) - birdies["width_hz"] / 2.0) * tobs_s
    # The range of a birdie ends where its wings have a power of 4, at sqrt(p / 4) / pi bins from its outermost line.
    distance = np.pi * np.maximum(beyond, 0.0) + np.sqrt(power / 4.0)
    return np.where(beyond > 0, 4.0 * power / np.maximum(distance, np.pi) ** 2, np.inf)


def _kept_by_sweep(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest part of a power that is left when a phase sweeps by `turns` across the band."""
    return np.where(turns < 0.5, np.sinc(turns), 1.0 / (np.pi * np.maximum(turns, 0.5))) ** 2
