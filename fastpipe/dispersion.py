"""The cold-plasma dispersion law: delays, smearing, and their inverses."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastpipe.constants import DISPERSION_CONSTANT


def dm_delay_s(dm: ArrayLike, freq_mhz: ArrayLike, reference_mhz: float = np.inf) -> NDArray[np.float64]:
    """Delay of a signal at one frequency behind the same signal at the reference frequency.

    Parameters
    ----------
    dm
        Dispersion measure in pc cm^-3, broadcast against `freq_mhz`.
    freq_mhz
        Frequency in MHz.
    reference_mhz
        Frequency in MHz whose delay is zero; infinite by default.

    Returns
    -------
    ndarray
        Delay in s, positive where `freq_mhz` is below `reference_mhz`.

    References
    ----------
    Lorimer & Kramer 2005, Handbook of Pulsar Astronomy, eq. 4.7.

    Examples
    --------
    >>> float(dm_delay_s(100.0, 1400.0).round(6))
    0.211703
    """
    inverse_square = np.asarray(freq_mhz, np.float64) ** -2.0 - float(reference_mhz) ** -2.0
    return np.asarray(DISPERSION_CONSTANT * np.asarray(dm, np.float64) * inverse_square)


def channel_smearing_s(dm: ArrayLike, freq_mhz: ArrayLike, channel_width_mhz: float) -> NDArray[np.float64]:
    """Width in time to which dispersion smears a pulse inside one channel.

    Parameters
    ----------
    dm
        Dispersion measure in pc cm^-3, broadcast against `freq_mhz`.
    freq_mhz
        Centre of the channel in MHz.
    channel_width_mhz
        Width of the channel in MHz; its sign does not matter.

    Returns
    -------
    ndarray
        Smearing in s: the delay between the two edges of the channel.

    Examples
    --------
    >>> float(channel_smearing_s(100.0, 1250.0, 0.122).round(8))
    5.184e-05
    """
    half = abs(channel_width_mhz) / 2.0
    freq = np.asarray(freq_mhz, np.float64)
    return np.asarray(dm_delay_s(dm, freq - half) - dm_delay_s(dm, freq + half))


def dm_of_delay(delay_s: ArrayLike, low_mhz: float, high_mhz: float) -> NDArray[np.float64]:
    """Dispersion measure whose delay between two frequencies is the given one.

    Parameters
    ----------
    delay_s
        Delay of `low_mhz` behind `high_mhz` in s.
    low_mhz, high_mhz
        Frequencies in MHz.

    Returns
    -------
    ndarray
        Dispersion measure in pc cm^-3.

    Examples
    --------
    >>> float(dm_of_delay(dm_delay_s(57.0, 1050.0, 1450.0), 1050.0, 1450.0).round(9))
    57.0
    """
    return np.asarray(np.asarray(delay_s, np.float64) / (DISPERSION_CONSTANT * (low_mhz**-2.0 - high_mhz**-2.0)))
