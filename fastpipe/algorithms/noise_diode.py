"""A calibration noise diode that is switched on and off: found in the sum over the band, and measured in every channel.

A diode is a rectangular wave: all lines of its spectrum belong to one period, it knows two levels only, and it goes from
one to the other within a sample. A pulsar has no flat top, mains no flat levels, a radar and sparks no such period.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.square_wave_fit import (
    Edges,
    SquareWave,
    cumulative_sum,
    fit_square_wave,
    locate_edges,
    read_windows,
)
from fastpipe.data.noise_diode import square_wave

_MIN_PERIOD_S: Final = 0.05
_MAX_PERIOD_S: Final = 30.0
_MIN_TURNS: Final = 3
"""Periods that a recording must hold."""

_COARSE_S: Final = 1e-3
"""Sampling time of the series in which candidates for the period are looked for."""
_MAX_LINE_HZ: Final = 40.0
"""Frequency up to which lines are looked for: the second line of the shortest period."""
_NLINES: Final = 8
"""Lines that give candidates, the strongest as they are, and as many times the square of the frequency."""
_MAX_LINE_NUMBER: Final = 16
"""Lines 1 to 16 of a comb are taken for its strongest: 1:15 is the shortest pulse of a diode."""
_MIN_LINE_POWER: Final = 40.0
"""Power of a line over the mean of the noise; chance gives that once in 1e17 Fourier bins."""
_MIN_SIDE_SAMPLES: Final = 8
"""Samples that the shorter state must last for its level to be told from its edges."""
_EDGE_REACH: Final = (1, 2, 4, 8, 16, 32, 64)
"""Samples from an edge within which the new level must be reached: the first number that the noise allows to judge."""
_LEVEL_TOLERANCE: Final = 0.05
_MAX_TOLERANCE: Final = 0.2
"""What a level may be off in units of the rise, and what is allowed at most for the sake of noise."""
_NOISE_SIGMAS: Final = 4.0
"""Errors of a level by which it may be off whatever the tolerance."""
_MIN_PRESENT: Final = 0.9
"""Fraction of the turns in which the rise must be there, where single turns can tell."""
_MIN_EXPLAINED: Final = 0.6
"""Part of the squares of a fold that the rectangular wave must explain for its edges to be located."""
_MAX_CHANGE: Final = 0.3
"""What the first half of the time that a diode is on may differ from the second, in units of its rise."""
_NWAVES: Final = 4
"""Waves of different periods whose edges are located, the strongest first."""


class DiodeTiming(NamedTuple):
    """When a noise diode is on; see `fastpipe.data.noise_diode.NoiseDiode`."""

    period_samples: float
    """Time between two switchings on, in samples."""
    on_samples: float
    """Time that it stays on, in samples."""
    first_on: float
    """Time of the first switching on at or after sample 0, in samples."""


def find_noise_diode(zero_dm: NDArray[np.float32], tsamp: float) -> DiodeTiming | None:
    """Look for a noise diode in the sum over the band.

    Candidates for the period come from the strongest lines of the spectrum; each is folded and fitted with a rectangular
    wave. The edges of the best one are then located turn by turn, which gives the period to a small part of a sample
    over the recording, and the two levels and edges are put to the test.

    Parameters
    ----------
    zero_dm
        Sum over channels, shape [nsamples]; units do not matter. Values that are not finite count as the mean.
    tsamp
        Sampling time in s.

    Returns
    -------
    DiodeTiming or None
        None where there is no diode of 0.05 to 30 s that is there all the time, for three periods at least.

    Examples
    --------
    >>> noise = np.random.default_rng(1).standard_normal(50_000).astype(np.float32)
    >>> find_noise_diode(noise, 1e-3) is None
    True
    >>> noise += 8 * ((np.arange(50_000) - 300) % 2000 < 250)
    >>> [round(value) for value in find_noise_diode(noise, 1e-3)]
    [2000, 250, 300]
    """
    factor = max(1, int(_COARSE_S / tsamp))
    coarse = _averages(zero_dm, factor)
    coarse_s = factor * tsamp
    cumulative = cumulative_sum(coarse)
    for wave in _best_waves(cumulative, _candidate_periods(coarse, coarse_s) / coarse_s):
        located = locate_edges(zero_dm, wave.scaled(factor), min_side_samples=_MIN_SIDE_SAMPLES)
        if located is not None and _is_diode(zero_dm, *located):
            found = located.wave
            return DiodeTiming(found.period_samples, found.on_samples, found.first_on % found.period_samples)
    return None


def _best_waves(cumulative: NDArray[np.float64], periods: NDArray[np.float64]) -> list[SquareWave]:
    """Fit waves of all periods and return a few of different periods that explain their folds, the strongest first."""
    best: list[SquareWave] = []
    waves = [fit_square_wave(cumulative, period) for period in periods.tolist()]
    for wave in sorted(waves, key=lambda wave: -wave.energy):
        is_new = all(abs(wave.period_samples / other.period_samples - 1.0) > 0.02 for other in best)
        if is_new and wave.explained > _MIN_EXPLAINED and len(best) < _NWAVES:
            best.append(_tuned(cumulative, wave))
    return best


def _tuned(cumulative: NDArray[np.float64], wave: SquareWave) -> SquareWave:
    """Try periods that drift by up to a third of a turn over the series: a line tells its frequency no better."""
    steps = np.linspace(-0.3, 0.3, 25) * wave.period_samples**2 / len(cumulative)
    tried = [fit_square_wave(cumulative, wave.period_samples + step) for step in steps.tolist()]
    return max(tried, key=lambda other: other.energy)


def _averages(series: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Means over `factor` samples less their mean, sparks cut off; what is not finite counts as that mean."""
    count = len(series) // factor
    with np.errstate(invalid="ignore"):
        coarse = series[: count * factor].reshape(count, factor).mean(axis=1, dtype=np.float64)
    finite = np.isfinite(coarse)
    mean = coarse[finite].mean() if finite.any() else 0.0
    coarse = np.where(finite, coarse - mean, 0.0)
    if count == 0:
        return coarse.astype(np.float32)
    # A diode is on for a sixteenth of the time at least, so that its level is below what 97 % of the samples stay below.
    middle, high = np.percentile(coarse, [50, 97])
    return np.asarray(np.minimum(coarse, 2.0 * high - middle), np.float32)


def _candidate_periods(coarse: NDArray[np.float32], coarse_s: float) -> NDArray[np.float64]:
    """Periods in s for which one of the strongest lines of the spectrum is one of the first of a comb."""
    if len(coarse) * coarse_s < _MIN_TURNS * _MIN_PERIOD_S or not coarse.any():
        return np.empty(0)
    from scipy.fft import next_fast_len, rfft

    # The window keeps the lines of three turns apart; half bins show the top of a line that lies between two.
    length = next_fast_len(2 * len(coarse), real=True)
    spectrum = np.abs(rfft(coarse * np.hanning(len(coarse)).astype(np.float32), length)) ** 2
    freqs_hz = np.arange(len(spectrum)) / (length * coarse_s)
    lowest_hz = _MIN_TURNS / (len(coarse) * coarse_s)
    used = np.flatnonzero((freqs_hz >= 0.9 * max(lowest_hz, 1.0 / _MAX_PERIOD_S)) & (freqs_hz <= _MAX_LINE_HZ))
    used = used[(used > 0) & (used < len(spectrum) - 1)]
    left, top, right = spectrum[used - 1], spectrum[used], spectrum[used + 1]
    floor = np.median(top) / np.log(2.0) if used.size else 0.0
    is_line = (top >= left) & (top > right) & (top > _MIN_LINE_POWER * floor)
    # The top of a line is that of a parabola through the logarithms; a wave without noise has powers of 0 beside its lines.
    smallest = np.finfo(spectrum.dtype).tiny
    left, top, right = (np.log(np.maximum(power[is_line], smallest)) for power in (left, top, right))
    used = used[is_line]
    freqs_hz = (used + 0.5 * (left - right) / (left - 2.0 * top + right)) / (length * coarse_s)
    # Slow drift of the gain has the strongest lines at low frequencies; times f^2 it is level.
    strongest = np.concatenate([np.argsort(-rank)[:_NLINES] for rank in (top, top + 2.0 * np.log(freqs_hz))])
    periods_s = np.arange(1, _MAX_LINE_NUMBER + 1)[:, None] / freqs_hz[np.unique(strongest)]
    allowed = (periods_s >= _MIN_PERIOD_S) & (periods_s <= min(_MAX_PERIOD_S, 1.02 / lowest_hz))
    return np.unique(np.round(periods_s[allowed], 9))


def _is_diode(zero_dm: NDArray[np.float32], wave: SquareWave, edges: Edges) -> bool:
    """Tell whether both levels are flat, the edges sharp, and the wave there all the time."""
    side = int(wave.side_samples)
    # Single turns of a weak diode cannot be told from noise; all of them together are.
    is_clear = edges.noise < edges.rise * np.sqrt(side) / 16.0
    if edges.rise <= 0 or (is_clear and np.mean(edges.rises > 0.5 * edges.rise) < _MIN_PRESENT):
        return False
    for reach in _EDGE_REACH:
        error = edges.noise / np.sqrt(reach * len(edges.turns))
        if reach <= max(side // 16, 1) and _NOISE_SIGMAS * error < _MAX_TOLERANCE * edges.rise:
            return all(
                _has_two_levels(read_windows(zero_dm, times, side // 2), reach, direction * edges.rise, edges.noise)
                for times, direction in zip(edges.times, (1.0, -1.0), strict=True)
            )
    return False


def _has_two_levels(windows: NDArray[np.float64], reach: int, rise: float, noise: float) -> bool:
    """Compare the levels close to an edge, and all the way to the middle of the shorter state, with the rise."""
    half = windows.shape[1] // 2
    # Column `half` holds the edge; where its time is a whole number, rounding may put it into the column before.
    before, after = windows[:, : half - 1], windows[:, half + 2 :]
    middles = (before.mean(axis=1) + after.mean(axis=1)) / 2.0
    parts = ((before[:, -reach:], -1), (before[:, : half // 2], -1), (after[:, :reach], 1), (after[:, half // 2 :], 1))
    for part, sign in parts:
        if part.size == 0:
            continue
        offset = np.median(part.mean(axis=1) - middles) - sign * rise / 2.0
        # A median scatters by the root of pi / 2 more than a mean.
        error = noise * np.sqrt(np.pi / 2.0 / part.size)
        if abs(offset) > max(_LEVEL_TOLERANCE * abs(rise), _NOISE_SIGMAS * error):
            return False
    return True


def rise_sums(data: NDArray[Any], start: int, timing: DiodeTiming) -> NDArray[np.float64]:
    """Return what one chunk adds to the measurement of a diode's rise; add the sums of all chunks.

    Parameters
    ----------
    data
        Spectra of the recording, uint8 or float32 [nsamples, nchans].
    start
        Number in the recording of the first sample.
    timing
        When the diode is on; samples that it is on for a part of are left out.

    Returns
    -------
    ndarray
        Number of finite values and their sum while the diode is off, in the first half of the time that it is on, and in
        the second half, shape [3, 2, nchans]. For uint8 they are whole numbers: the order of chunks does not matter.
    """
    period, on, first = timing
    stop = start + len(data)
    states = (
        square_wave(period, period - on, first + on, start, stop),
        square_wave(period, on / 2.0, first, start, stop),
        square_wave(period, on / 2.0, first + on / 2.0, start, stop),
    )
    sums = np.zeros((3, 2, data.shape[1]))
    for state, (number, total) in zip(states, sums, strict=True):
        # The fraction of a sample comes from a difference of large numbers.
        values = data[state > 1.0 - 1e-4]
        if data.dtype == np.uint8:
            number[:], total[:] = len(values), values.sum(axis=0, dtype=np.int64)
        else:
            finite = np.isfinite(values)
            number[:] = np.count_nonzero(finite, axis=0)
            total[:] = np.where(finite, values, 0.0).sum(axis=0, dtype=np.float64)
    return sums


def measure_rise(sums: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Turn the sums of all chunks into the mean while on less the mean while off.

    A diode is on in all channels at once. A pulse that is as short as a sample and takes long from the top of a narrow band
    to its bottom looks the same in the sum over the band, but not in its channels.

    Parameters
    ----------
    sums
        Sum of the results of `rise_sums`, shape [3, 2, nchans].

    Returns
    -------
    ndarray or None
        Rise of each channel in the units of the file, 0 where it was never seen on or never off, shape [nchans]; None where
        one half of the band is on earlier than the other, so that it is no diode.

    Examples
    --------
    >>> data = np.array([[10], [10], [14], [14], [10], [10]], np.uint8)
    >>> measure_rise(rise_sums(data, 0, DiodeTiming(6.0, 2.0, 2.0)))
    array([4.])
    """
    numbers, totals = sums[:, 0], sums[:, 1]
    off, early, late = totals / np.maximum(numbers, 1.0)
    number_on = numbers[1] + numbers[2]
    seen = (numbers[0] > 0) & (number_on > 0)
    rise = np.where(seen, (totals[1] + totals[2]) / np.maximum(number_on, 1.0) - off, 0.0)
    used = np.flatnonzero(seen & (rise != 0.0) & (numbers[1] > 0) & (numbers[2] > 0))
    if len(used) > 1:
        for part in np.array_split(used, 2):
            if abs(np.median(early[part] - late[part])) > _MAX_CHANGE * abs(np.median(rise[part])):
                return None
    return rise
