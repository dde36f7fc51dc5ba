"""A recording folded at the period of a candidate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FoldedCube:
    """Signal of one candidate against time, frequency and pulse phase.

    Pulse phase 0 is at the epoch (middle of the recording), and phase runs as freq x + fdot x^2 / 2 + fddot x^3 / 6, with x
    the time since the epoch at which the top of the band arrives, at the barycentre if the fold is barycentric.
    """

    cube: NDArray[np.float32]
    """Mean-subtracted sums in units of the cleaned data, shape [nsubints, nsubbands, nbins]."""
    counts: NDArray[np.float32]
    """Samples times channels that went into each phase bin, shape [nsubints, nsubbands, nbins]."""
    subint_mid_s: NDArray[np.float64]
    """Middle of each sub-integration in s after the epoch, shape [nsubints]."""
    subband_freqs_mhz: NDArray[np.float64]
    """Frequency to which each sub-band was dedispersed in MHz, descending, shape [nsubbands]."""
    freq_hz: float
    """Spin frequency at the epoch used in folding, in Hz."""
    fdot_hz_s: float
    """Its derivative used in folding, in Hz s^-1."""
    dm: float
    """DM used in folding, in pc cm^-3."""
    reference_mhz: float
    """Frequency against which delays were removed, in MHz: the top of the band."""
    fddot_hz_s2: float = 0.0
    """Second derivative of the spin frequency used in folding, in Hz s^-2."""

    def __repr__(self) -> str:
        nsubints, nsubbands, nbins = self.cube.shape
        return (
            f"FoldedCube of {nsubints} sub-integrations, {nsubbands} sub-bands and {nbins} phase bins, folded at "
            f"{self.freq_hz:.9g} Hz and DM {self.dm:.2f} pc cm^-3"
        )

    @property
    def nbins(self) -> int:
        """Number of phase bins of a turn."""
        return int(self.cube.shape[2])
