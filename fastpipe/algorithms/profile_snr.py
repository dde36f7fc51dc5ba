"""Signal-to-noise ratio of folded profiles: matched pulses, and a noise level that the pulse does not raise."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.robust_statistics import SIGMA_OF_MAD
from fastpipe.constants import LANES
from fastpipe.data.folded_cube import FoldedCube
from fastpipe_kernels.fold_noise import middle_values, pulse_residuals
from fastpipe_kernels.pulse_matching import WIDTH, match_pulses

_LEAST_SHARE = 0.3
"""Part of its noise that an element must keep when means are subtracted, to tell of the noise."""
_ERROR_OF_MAD: Final = 1.17
"""Relative standard deviation of a median absolute deviation of n Gaussian values, times the root of n."""
_COMMON_NOISE_SIGMAS: Final = 2.5
"""Standard deviations by which the sums over the band must be noisier for that to be more than chance."""
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


class BoxcarMatch(NamedTuple):
    """Best boxcar of each profile; arrays have the leading axes of the profiles."""

    snr: NDArray[np.float64]
    """Matched-filter S/N."""
    width_bins: NDArray[np.int64]
    """Width of the boxcar in bins."""
    first_bin: NDArray[np.int64]
    """First bin of the boxcar."""


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


def boxcar_widths(nbins: int) -> tuple[int, ...]:
    """Widths of the boxcars that are tried: 1, then half as much again, up to half of a turn.

    Examples
    --------
    >>> boxcar_widths(64)
    (1, 2, 3, 4, 6, 9, 13, 19, 28)
    """
    widths = [1]
    while (following := max(int(1.5 * widths[-1]), widths[-1] + 1)) <= nbins // 2:
        widths.append(following)
    return tuple(widths)


def match_boxcars(profiles: NDArray[np.float64]) -> BoxcarMatch:
    """Match profiles with boxcars of zero mean and unit energy.

    A boxcar of w of b bins has height sqrt((b - w) / (b w)), and -w / (b - w) of that elsewhere (Morello et al. 2020,
    MNRAS 497, 4654), so a constant level has no effect and noise of unit variance gives S/N of unit variance.

    Parameters
    ----------
    profiles
        Profiles in units of the noise of a bin, shape [..., nbins].

    Returns
    -------
    BoxcarMatch
        Best S/N over all widths and phases, with its width and first bin.

    Examples
    --------
    >>> profile = np.zeros(64)
    >>> profile[60:64] = 5.0
    >>> match = match_boxcars(profile)
    >>> float(match.snr.round(3)), int(match.width_bins), int(match.first_bin)
    (9.682, 4, 60)
    """
    nbins = profiles.shape[-1]
    total = profiles.sum(axis=-1, keepdims=True)
    wrapped = np.concatenate((np.zeros_like(total), profiles, profiles[..., : nbins // 2]), axis=-1)
    cumulative = np.cumsum(wrapped, axis=-1)
    snr = np.full(profiles.shape[:-1], -np.inf)
    width_bins = np.zeros(profiles.shape[:-1], np.int64)
    first_bin = np.zeros(profiles.shape[:-1], np.int64)
    for width in boxcar_widths(nbins):
        inside = cumulative[..., width : width + nbins] - cumulative[..., :nbins]
        found = (inside - total * (width / nbins)) * np.sqrt(nbins / (width * (nbins - width)))
        best = found.max(axis=-1)
        better = best > snr
        snr = np.where(better, best, snr)
        width_bins = np.where(better, width, width_bins)
        first_bin = np.where(better, found.argmax(axis=-1), first_bin)
    return BoxcarMatch(snr, width_bins, first_bin)


def cube_noise(cube: FoldedCube) -> float:
    """Estimate the noise of one channel sample from what is left of a cube without its mean pulse.

    Two robust estimates are made, from single elements, and from the sums over the band, which also hold the noise that
    channels have in common (gain, interference, zero-DM drifts). The latter counts where it is larger by more than chance.
    With one sub-integration there is only the first, about the mean over the sub-bands.

    Parameters
    ----------
    cube
        Folded cube.

    Returns
    -------
    float
        Standard deviation of the noise of one sample of one channel, so that a sum over n has noise times sqrt(n). Zero
        where the cube holds no data.
    """
    is_filled = cube.counts.any(axis=(1, 2))
    sums, counts = (cube.cube, cube.counts) if is_filled.all() else (cube.cube[is_filled], cube.counts[is_filled])
    if len(sums) == 1:
        # One stretch of time cannot tell the pulse from noise that channels share, but the sub-bands repeat the pulse.
        return _residual_noise(sums.swapaxes(0, 1), counts.swapaxes(0, 1))[0]
    of_elements, _ = _residual_noise(sums, counts)
    band_sums, band_counts = (values.sum(axis=1, keepdims=True, dtype=np.float64) for values in (sums, counts))
    of_band, error = _residual_noise(band_sums, band_counts)
    # The larger of two would be too large by chance, by 5 % for 16 bins.
    return of_band if of_band > (1.0 + _COMMON_NOISE_SIGMAS * error) * of_elements else of_elements


def _residual_noise(sums: NDArray[np.floating], counts: NDArray[np.floating]) -> tuple[float, float]:
    """Return the robust spread about the mean profile of a sub-band over the root of the counts, and its relative error."""
    sums, counts = np.ascontiguousarray(sums, np.float32), np.ascontiguousarray(counts, np.float32)
    of_row, total = counts.sum(axis=2, dtype=np.float64), counts.sum(axis=0, dtype=np.float64)
    if len(sums) == 1:
        total[:] = 0.0
    of_row[of_row == 0.0], total[total == 0.0] = np.inf, np.inf
    pulse = sums.sum(axis=0, dtype=np.float64) / total
    residuals = np.empty_like(sums)
    # An element that makes up most of a mean is hardly apart from it.
    ntelling = pulse_residuals(sums, counts, of_row, pulse, total, _LEAST_SHARE, residuals)
    values = residuals.ravel() if ntelling == residuals.size else residuals[~np.isnan(residuals)]
    if ntelling == 0:
        return 0.0, np.inf
    distances = np.abs(values - np.float32(_median(values)))
    return SIGMA_OF_MAD * _median(distances), float(_ERROR_OF_MAD / np.sqrt(ntelling))


def _median(values: NDArray[np.float32]) -> float:
    middle = np.empty(2, np.float32)
    middle_values(values, np.empty(2**16, np.int32), middle)
    return float(middle.mean(dtype=np.float64))


def normalised_profile(cube: FoldedCube, noise: float) -> NDArray[np.float64]:
    """Profile of a cube in units of its noise.

    Parameters
    ----------
    cube
        Folded cube.
    noise
        Noise of one channel sample, from `cube_noise`.

    Returns
    -------
    ndarray
        Sum over sub-integrations and sub-bands over its noise, zero where nothing was counted, shape [nbins].
    """
    sums, counts = cube.cube.sum(axis=(0, 1), dtype=np.float64), cube.counts.sum(axis=(0, 1), dtype=np.float64)
    return np.asarray(np.divide(sums, noise * np.sqrt(counts), out=np.zeros_like(sums), where=(counts > 0) & (noise > 0)))
