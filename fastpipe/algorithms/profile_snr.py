"""Signal-to-noise ratio of folded profiles: matched filter with Gaussian pulses."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import LANES
from fastpipe_kernels.pulse_matching import WIDTH, match_pulses

_PLACES_A_WIDTH: Final = 4
"""Places tried for each full width of a pulse; between them a parabola finds the top."""
_HARMONICS_TO_WIDTH: Final = 1.0
"""Harmonics of a pulse, times its width: those above hold less than a thousandth of its energy."""


class ProfileMatch(NamedTuple):
    """Best Gaussian pulse of each profile; arrays have the leading axes of the profiles."""

    snr: NDArray[np.float64]
    """Matched-filter S/N."""
    width_turns: NDArray[np.float64]
    """Full width of the pulse at half its height, in turns."""
    peak_turns: NDArray[np.float64]
    """Phase of its peak in turns, 0 to 1; the middle of bin b of n is at (b + 1/2) / n."""


@cache
def _places_a_turn(nbins: int) -> tuple[int, ...]:
    """Return how many places of each pulse are tried, from the widest to the narrowest: 8, 10, 12, 16, 20, ..."""
    places = [number * 2**power for power in range(nbins.bit_length()) for number in (8, 10, 12)]
    return tuple(number for number in places if number <= max(_PLACES_A_WIDTH * nbins, places[0]))


def pulse_widths(nbins: int) -> tuple[float, ...]:
    """Return the full widths at half height, in turns, of the Gaussian pulses that are tried: half a turn to one bin.

    Neighbours differ by a factor of 1.2 to 1.33, which costs a pulse between them at most 0.4 % of its S/N.

    Examples
    --------
    >>> [round(width, 3) for width in pulse_widths(16)]
    [0.5, 0.4, 0.333, 0.25, 0.2, 0.167, 0.125, 0.1, 0.083, 0.062]
    """
    return tuple(_PLACES_A_WIDTH / number for number in _places_a_turn(nbins))


@cache
def pulse_harmonics(width_turns: float, nbins: int) -> NDArray[np.float64]:
    """Return the amplitudes of the harmonics of a Gaussian pulse, averaged over the phase bins.

    Parameters
    ----------
    width_turns
        Full width at half height in turns.
    nbins
        Phase bins of a turn.

    Returns
    -------
    ndarray
        Amplitudes of harmonics 1, 2, ... below the Nyquist frequency of the bins, their squares with the sum 1; only those
        that matter, shape [nharm], read-only.
    """
    count = min(int(np.ceil(_HARMONICS_TO_WIDTH / width_turns)), (nbins - 1) // 2)
    orders = np.arange(1, count + 1)
    spread_turns = width_turns / np.sqrt(8.0 * np.log(2.0))
    amplitudes = np.exp(-2.0 * (np.pi * spread_turns * orders) ** 2) * np.sinc(orders / nbins)
    amplitudes /= np.sqrt(np.sum(amplitudes**2))
    amplitudes.flags.writeable = False
    return np.asarray(amplitudes)


class _PulseSet(NamedTuple):
    """Pulses of all widths, as `match_pulses` takes them."""

    widths: NDArray[np.float64]
    shapes: NDArray[np.float32]
    waves: NDArray[np.float32]
    counts: NDArray[np.int64]


@cache
def _pulse_set(nbins: int) -> _PulseSet:
    widths, places = pulse_widths(nbins), _places_a_turn(nbins)
    pulses = [pulse_harmonics(width, nbins) for width in widths]
    counts = np.array([(len(pulse), count) for pulse, count in zip(pulses, places, strict=True)])
    shapes, waves = np.zeros((len(widths), counts[:, 0].max())), np.zeros((len(widths), 2, max(places)))
    for number, (pulse, count) in enumerate(zip(pulses, places, strict=True)):
        angles = 2.0 * np.pi * np.arange(count) / count
        shapes[number, : len(pulse)] = np.sqrt(2.0) * pulse
        waves[number, :, :count] = np.cos(angles), np.sin(angles)
    return _PulseSet(np.array(widths), shapes.astype(np.float32), waves.astype(np.float32), counts)


def match_profiles(profiles: NDArray[np.float64]) -> ProfileMatch:
    """Match profiles with Gaussian pulses of zero mean and unit energy, from one bin to half a turn wide.

    The S/N is the largest over all widths and phases, so noise alone gives 2.5 to 3 on average, and the more the more
    bins there are (docs/folding.md).

    Parameters
    ----------
    profiles
        Profiles in units of the noise of a bin, shape [..., nbins], at least 3 bins.

    Returns
    -------
    ProfileMatch
        Best S/N over all widths and phases, with the width and the phase of the peak, in the precision of float32.

    Examples
    --------
    >>> phase = (np.arange(64) + 0.5) / 64
    >>> match = match_profiles(10.0 * np.exp(-4.0 * np.log(2.0) * ((phase - 0.7) / 0.1) ** 2))
    >>> float(match.snr.round(1)), float(match.width_turns.round(3)), float(match.peak_turns.round(3))
    (20.2, 0.1, 0.7)
    """
    nbins = profiles.shape[-1]
    # Half a bin earlier, so that phase 0 is the beginning of the first bin.
    half_bin = np.exp(-1j * np.pi * np.arange(1, (nbins + 1) // 2) / nbins)
    return match_harmonics(np.fft.rfft(profiles)[..., 1 : (nbins + 1) // 2] * half_bin / np.sqrt(nbins), nbins)


def match_harmonics(harmonics: NDArray[np.complex128], nbins: int) -> ProfileMatch:
    """Match profiles given by their harmonics, as `match_profiles` does.

    Parameters
    ----------
    harmonics
        All coefficients below the Nyquist frequency, from harmonic 1 on, in units in which noise has power 1; shape
        [..., nharm].
    nbins
        Phase bins of a turn, 2 nharm + 1 or 2 nharm + 2.

    Returns
    -------
    ProfileMatch
        As of `match_profiles`; phase is that of the coefficients, which may be 0 in the middle of the first bin.
    """
    pulses = _pulse_set(nbins)
    columns = np.ascontiguousarray(harmonics.reshape(-1, harmonics.shape[-1]).T)
    scratch = np.empty((4 * len(columns) + 4 + pulses.waves.shape[2], LANES), np.float32)
    best = np.empty((3, columns.shape[1]))
    match_pulses(columns, pulses.shapes, pulses.waves, pulses.counts, scratch, best)
    best[WIDTH] = pulses.widths[best[WIDTH].astype(np.int64)]
    return ProfileMatch(*best.reshape(3, *harmonics.shape[:-1]))
