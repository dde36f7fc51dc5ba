"""From stored samples of PSRFITS to one intensity a channel: scales, weights, polarisations."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.io.psrfits_file import PsrfitsFile
from fastpipe.io.psrfits_timeline import Timeline
from fastpipe_kernels.scaling import scale_samples

_TWO_FEEDS: Final = ("AABB", "XXYY", "LLRR", "RRLL")
_TOTAL_FIRST: Final = ("I", "STOKES")
# Stretches from which means and spreads are measured: 1024 spectra give the spread of one channel to 2 %.
_LOOK_ROWS = 16
_LOOK_SAMPLES = 64
# Scales beyond this make float32 overflow; no recorder needs them.
_LARGEST_SCALE = 1e30
_SMALLEST_SPREAD = 1e-30
_GAIN_ODDITY = 2.0


def used_polarisations(pol_type: str, npol: int) -> tuple[tuple[int, ...], str]:
    """Say which polarisations make up the total intensity.

    Parameters
    ----------
    pol_type
        POL_TYPE in capitals without separators.
    npol
        Number of polarisations stored.

    Returns
    -------
    tuple of int
        One or two polarisations to add.
    str
        What is odd; empty if nothing is.

    Examples
    --------
    >>> used_polarisations("AABBCRCI", 4), used_polarisations("IQUV", 4)
    (((0, 1), ''), ((0,), ''))
    """
    if npol == 1:
        return (0,), ""
    if pol_type.startswith(_TWO_FEEDS):
        return (0, 1), ""
    if pol_type.startswith(_TOTAL_FIRST):
        return (0,), ""
    found = f"POL_TYPE = {pol_type}" if pol_type else "no POL_TYPE"
    return (0,), f"found {found} for {npol} polarisations, expected AABB, AABBCRCI or IQUV: only the first is used"


@dataclass(frozen=True, slots=True)
class _Look:
    """Mean and typical spread of the channels, each of shape [npol used, nchans]."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


class SampleDecoder:
    """Turns rows of a recording into intensities.

    A stored sample means ``((raw * TSCAL + TZERO - ZERO_OFF) * DAT_SCL + DAT_OFFS) * DAT_WTS``. Two feeds are added with
    weights that make their noise equal, which is best where both see the same sky through receivers of equal noise; the
    weights add up to 2. A channel of weight zero gets its mean.

    Parameters
    ----------
    timeline
        Place of all rows.
    has_scales
        Scales, offsets or weights are others than 1, 0 and 0 or 1 somewhere in the recording.
    has_masked
        Some weights are zero in rows that are not blank.
    use_weights
        Weights count. Where all of a recording are zero, nobody filled them in.
    """

    def __init__(self, timeline: Timeline, *, has_scales: bool, has_masked: bool, use_weights: bool = True) -> None:
        layout = timeline.files[0].layout
        self._timeline = timeline
        self._has_scales = has_scales
        self._has_masked = has_masked
        self._use_weights = use_weights
        self._used, self._pol_oddity = used_polarisations(layout.pol_type, layout.npol)
        self._nchans = layout.nchans
        is_counts = layout.dtype == np.uint8 and len(self._used) == 1 and not has_scales
        self.dtype: np.dtype[Any] = np.dtype(np.uint8 if is_counts else np.float32)
        """Type of the intensities: stored counts where nothing changes them, else float32."""

    @property
    def oddities(self) -> tuple[str, ...]:
        """What is odd about the polarisations."""
        found = [self._pol_oddity] if self._pol_oddity else []
        if len(self._used) == 2:
            first, second = self.pol_weights
            if min(first, second) == 0.0:
                dead = "first" if first == 0.0 else "second"
                found.append(f"found the {dead} polarisation never to change: only the other is used")
            elif max(first, second) > _GAIN_ODDITY * min(first, second):
                found.append(f"found noise of two polarisations in the ratio {second / first:.2g}: they are weighted for it")
        return tuple(found)

    @cached_property
    def pol_weights(self) -> tuple[float, ...]:
        """Weight of each polarisation used, in proportion to one over the median spread of its channels."""
        if len(self._used) == 1:
            return (1.0,)
        spreads = [float(np.median(spread[spread > 0.0])) if (spread > 0.0).any() else 0.0 for spread in self._look.spread]
        inverse = [1.0 / spread if spread > _SMALLEST_SPREAD else 0.0 for spread in spreads]
        total = sum(inverse)
        return tuple(2.0 * value / total for value in inverse) if total > 0.0 else (1.0, 1.0)

    def decode(self, number: int, start: int, stop: int, out: NDArray[Any]) -> None:
        """Write intensities of one row into an array.

        Parameters
        ----------
        number
            Number of the row in the timeline.
        start, stop
            Half-open range of spectra in the row.
        out
            Output: intensities of type `dtype`, shape [stop - start, nchans].
        """
        timeline = self._timeline
        samples = self._file(number).samples(int(timeline.rows[number]), start, stop)
        if self.dtype == np.uint8:
            out[:] = samples[:, self._used[0]]
            if self._has_masked:
                is_masked = self._weights(number) == 0.0
                out[:, is_masked] = np.rint(self._mean[is_masked])
            return
        gains, levels, is_masked = self._coefficients(number)
        weights = np.array(self.pol_weights)[:, np.newaxis]
        total_levels = np.where(is_masked, self._mean, (weights * levels).sum(axis=0))
        scale_samples(samples, (weights * gains).astype(np.float32), total_levels.astype(np.float32), out)

    def mean_of_row(self, number: int) -> NDArray[Any]:
        """Return the mean intensity of each channel in one row, of type `dtype`, shape [nchans]."""
        length = int(self._timeline.lengths[number])
        row = np.empty((length, self._nchans), self.dtype)
        self.decode(number, 0, length, row)
        with np.errstate(all="ignore"):  # recorded floats may be anything
            mean = row.mean(axis=0, dtype=np.float64)
        return np.asarray(np.rint(mean) if self.dtype == np.uint8 else mean, self.dtype)

    def _file(self, number: int) -> PsrfitsFile:
        return self._timeline.files[int(self._timeline.file_numbers[number])]

    def _weights(self, number: int) -> NDArray[np.float64]:
        return self._file(number).weights(int(self._timeline.rows[number]))

    def _coefficients(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Return gains and levels of the polarisations used, each [npol used, nchans], and which channels are masked."""
        file, row, used = self._file(number), int(self._timeline.rows[number]), list(self._used)
        shape = (len(used), self._nchans)
        zero, scale = file.layout.data_zero, file.layout.data_scale
        is_masked = np.zeros(self._nchans, np.bool_)
        if not self._has_scales and not self._has_masked:
            return np.full(shape, scale), np.full(shape, zero), is_masked
        weights = self._weights(number) if self._use_weights else np.ones(self._nchans)
        scales, offsets = (values[used] for values in file.scales(row))
        with np.errstate(all="ignore"):
            gains, levels = scale * scales * weights, (zero * scales + offsets) * weights
            # Comparisons with what is no number are false.
            is_usable = ((np.abs(gains) < _LARGEST_SCALE) & (np.abs(levels) < _LARGEST_SCALE)).all(axis=0)
        is_masked = ~is_usable | (weights == 0.0)
        return np.where(is_masked, 0.0, gains), np.where(is_masked, 0.0, levels), is_masked

    @cached_property
    def _mean(self) -> NDArray[np.float64]:
        """Mean intensity of each channel where it has weight, shape [nchans]."""
        return np.asarray(np.array(self.pol_weights) @ self._look.mean)

    @cached_property
    def _look(self) -> _Look:
        """Means and spreads from stretches spread evenly over the recording."""
        timeline = self._timeline
        filled = np.flatnonzero(~timeline.is_blank)
        picked = filled[np.unique(np.linspace(0, len(filled) - 1, _LOOK_ROWS).astype(np.int64))]
        shape = (len(self._used), self._nchans)
        total, variance, count = np.zeros(shape), np.zeros(shape), np.zeros(self._nchans)
        for number in picked.tolist():
            length = min(int(timeline.lengths[number]), _LOOK_SAMPLES)
            start = (int(timeline.lengths[number]) - length) // 2
            samples = self._file(number).samples(int(timeline.rows[number]), start, start + length)
            gains, levels, is_masked = self._coefficients(number)
            with np.errstate(all="ignore"):
                values = samples[:, list(self._used)].astype(np.float64) * gains + levels
                total += np.where(is_masked, 0.0, values.mean(axis=0))
                variance += np.where(is_masked, 0.0, values.var(axis=0))
            count += ~is_masked
        with np.errstate(all="ignore"):
            mean, spread = total / np.maximum(count, 1), np.sqrt(variance / np.maximum(count, 1))
        usable = np.isfinite(mean) & np.isfinite(spread) & (np.abs(mean) < _LARGEST_SCALE)
        return _Look(np.where(usable, mean, 0.0), np.where(usable, spread, 0.0))
