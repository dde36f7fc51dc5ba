"""Series on a uniform grid of barycentric time, by linear interpolation between their samples.

The velocity of the telescope, some 1e-4 of that of light, makes all periods longer or shorter by a factor. That factor goes
into the sampling time of the grid, which therefore has as many samples as the series had. What interpolation undoes is
the change of the velocity during the recording: samples are shifted by at most a tobs^2 / 8c, 0.06 us in a minute and 0.2 ms
in an hour at an acceleration of 0.04 m s^-2, more than the motion of the Earth ever gives.

Interpolation half-way between samples halves the variance of white noise; by the mean over all positions it leaves
1 - (1 - cos 2 pi f) / 3 of the power of the noise at frequency f (cycles a sample), and sinc(f)^4 of that of a sinusoid.
Whitened, 0.985 is left at half the Nyquist frequency, and more below. Taking the nearest sample leaves the noise white
and sinc(f)^2 of a sinusoid: 0.81 there. docs/barycentre.md has what a pulsar keeps.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.lane_fft import check_lane_block
from fastpipe.errors import ConfigError
from fastpipe_kernels.resampling import interpolate_rows

_ROUNDING_SAMPLES: Final = 1e-5
"""Shifts in samples that come from the rounding of times."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BarycentricGrid:
    """Instants at equal steps of barycentric time, and where they lie among the samples of a series.

    Row j of the grid is at sample ``j + shift + slope * (j - edge)`` of the series, with the values of its stretch; that is
    never before sample j.
    """

    start_s: float
    """Barycentric time of row 0 in s, less that of the first sample."""
    tsamp: float
    """Step of barycentric time in s."""
    nsamples: int
    """Rows of the grid: those of the series, less the few that the largest shift puts before the first sample."""
    edges: NDArray[np.int64]
    """First rows of the stretches, and `nsamples`, shape [nstretches + 1]."""
    shift: NDArray[np.float64]
    """Shifts at the first rows of the stretches in samples, shape [nstretches]."""
    slope: NDArray[np.float64]
    """Growth of the shifts in samples a row, shape [nstretches]."""
    departure_samples: float
    """Range of the shifts in samples."""

    def drift_bins(self, freq_hz: float) -> float:
        """Return the Fourier bins that a steady signal drifts over if the series stays as it is.

        A signal below half a bin loses less than 1.5 % of its power: then the series may be taken for one that has the
        sampling time `tsamp`.

        Parameters
        ----------
        freq_hz
            Frequency of the signal, or of its highest harmonic, in Hz.

        Returns
        -------
        float
            Bins, from shifts that grow like a parabola.
        """
        return 8.0 * freq_hz * self.departure_samples * self.tsamp


def barycentric_grid(
    topocentric_s: NDArray[np.float64], barycentric_s: NDArray[np.float64], tsamp: float, nsamples: int
) -> BarycentricGrid:
    """Lay a uniform grid of barycentric time over a series.

    Parameters
    ----------
    topocentric_s
        Times after the first sample in s, ascending, shape [nnodes].
    barycentric_s
        Barycentric times that belong to them in s, ascending; linear between them, shape [nnodes].
    tsamp
        Sampling time of the series in s.
    nsamples
        Length of the series in samples.

    Returns
    -------
    BarycentricGrid
        From the first sample to the last, at most some samples shorter.

    Raises
    ------
    ConfigError
        If the times do not cover the series.

    Examples
    --------
    >>> grid = barycentric_grid(np.array([0.0, 60.0]), np.array([0.0, 60.006]), 1e-3, 60_000)
    >>> grid.nsamples, round(grid.tsamp, 9), grid.departure_samples < 1e-6
    (60000, 0.0010001, True)
    """
    end_s = (nsamples - 1) * tsamp
    if not (nsamples > 0 and tsamp > 0 and topocentric_s[0] <= 0.0 and end_s <= topocentric_s[-1]):
        raise ConfigError(
            f"found barycentric times from {topocentric_s[0]:.6g} to {topocentric_s[-1]:.6g} s, expected them from 0 to "
            f"{end_s:.6g} s, the length of the series; make them for this recording"
        )
    first, last = np.interp([0.0, end_s], topocentric_s, barycentric_s)
    step = (last - first) / end_s * tsamp if end_s > 0 else tsamp
    inside = (topocentric_s > 0.0) & (topocentric_s < end_s)
    # Where the slope changes, in steps of the grid, and how far the samples lie ahead of the grid there.
    knots = np.concatenate([[0.0], (barycentric_s[inside] - first) / step, [nsamples - 1.0]])
    ahead = np.concatenate([[0.0], topocentric_s[inside] / tsamp - knots[1:-1], [0.0]])
    lead = max(0.0, -float(ahead.min()))
    lead = lead if lead > _ROUNDING_SAMPLES else 0.0
    nrows = max(1, nsamples - int(np.ceil(lead)))
    # Row j lies `lead` steps later than step j, so that no row needs a sample before it.
    edges = np.clip(np.ceil(knots - lead), 0, nrows).astype(np.int64)
    edges[-1] = nrows
    shift = np.interp(edges[:-1] + lead, knots, ahead) + lead
    return BarycentricGrid(
        start_s=float(first + lead * step),
        tsamp=float(step),
        nsamples=nrows,
        edges=edges,
        shift=np.maximum(shift, 0.0),
        slope=np.diff(ahead) / np.maximum(np.diff(knots), 1.0),
        departure_samples=float(np.ptp(ahead)),
    )


def resample(block: NDArray[np.float32], grid: BarycentricGrid) -> None:
    """Replace the samples of 16 series by those at the instants of a grid, in place.

    Parameters
    ----------
    block
        Series side by side, shape [nrows, 16], C order; rows after the last sample are zero. **It is overwritten**; rows
        from `grid.nsamples` on become zero.
    grid
        Laid over these series.

    Raises
    ------
    ConfigError
        If the block is no lane block, or too short for the grid.
    """
    check_lane_block(block)
    if len(block) < grid.nsamples:
        raise ConfigError(
            f"found a block of {len(block)} rows, expected at least the {grid.nsamples} of the grid; "
            "make the grid for the length of the series"
        )
    if len(block) > 1:
        interpolate_rows(block, grid.edges, grid.shift, grid.slope)
    block[grid.nsamples :] = 0.0
