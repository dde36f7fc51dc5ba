"""What widens a pulse at each DM of a search, and how much of its S/N is left."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_FWHM_SQUARED_OVER_VARIANCE: Final = 8.0 * math.log(2.0)
_BOXCAR_VARIANCE: Final = 1.0 / 12.0


@dataclass(frozen=True, slots=True)
class Smearing:
    """Terms of the smearing against DM, each as the full width of a boxcar in s; all arrays have the shape [n]."""

    dms: NDArray[np.float64]
    """DMs in pc cm^-3, ascending."""
    sampling_s: NDArray[np.float64]
    """Sampling time of the series."""
    channel_s: NDArray[np.float64]
    """Dispersion inside a channel."""
    step_s: NDArray[np.float64]
    """Dispersion that is left half-way between two DM trials."""
    rounding_s: NDArray[np.float64]
    """Rounding of the delays to samples."""

    @property
    def total_s(self) -> NDArray[np.float64]:
        """All terms in quadrature."""
        terms = (self.sampling_s, self.channel_s, self.step_s, self.rounding_s)
        return np.asarray(np.sqrt(sum(np.square(term) for term in terms)))

    def snr_kept(self, width_s: float) -> NDArray[np.float64]:
        """Return the fraction of its S/N that a pulse keeps at each DM.

        The pulse is Gaussian and the filter that finds it has its smeared width. A boxcar of width w has the variance
        w^2 / 12, variances add, and S/N falls with the square root of the width of a pulse of given energy.

        Parameters
        ----------
        width_s
            Full width of the pulse at half of its maximum in s, before any smearing.

        Returns
        -------
        ndarray
            Fractions, shape [n].

        References
        ----------
        Cordes & McLaughlin 2003, ApJ 596, 1142.

        Examples
        --------
        >>> none, one = np.zeros(1), np.ones(1)
        >>> Smearing(one, one, none, none, none).snr_kept(1.0).round(3)
        array([0.909])
        """
        return _snr_kept(self.total_s, width_s)

    def mean_snr_kept(self, width_s: float) -> float:
        """Return the fraction of its S/N that a pulse keeps on average over all DMs between the first and the last.

        Between two trials the distance to the nearer one is as often short as long, so the mean square of the smearing by
        the step is a third of that half-way. Trials count by the DM width that they serve.

        Parameters
        ----------
        width_s
            Full width of the pulse at half of its maximum in s, before any smearing.

        Returns
        -------
        float
            The fraction.

        Examples
        --------
        >>> one = np.ones(2)
        >>> round(Smearing(one, one, one, one, one).mean_snr_kept(1.0), 3)
        0.792
        """
        mean_square_s2 = np.square(self.total_s) - np.square(self.step_s) * (2.0 / 3.0)
        # Smearing by the step is in proportion to the step.
        return float(np.average(_snr_kept(np.sqrt(mean_square_s2), width_s), weights=self.step_s))


def _snr_kept(smearing_s: NDArray[np.float64], width_s: float) -> NDArray[np.float64]:
    ratio = smearing_s / width_s
    return np.asarray((1.0 + _FWHM_SQUARED_OVER_VARIANCE * _BOXCAR_VARIANCE * np.square(ratio)) ** -0.25)
