"""The band of the FAST telescope and the DM trials that the benchmarks of dedispersion use."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.dispersion_plan import DispersionPlan, DMRange

TSAMP = 49.152e-6
FCH1_MHZ = 1450.0
BANDWIDTH_MHZ = 400.0
NCHANS = 4096

# 2500 trials up to DM 1000, each range with its step, its trials and the spectra added into a sample; 3334 up to DM 3000.
SURVEY_1000 = DispersionPlan(
    (DMRange(0.0, 0.1, 1000, 1), DMRange(100.0, 0.2, 500, 2), DMRange(200.0, 0.5, 400, 4), DMRange(400.0, 1.0, 600, 8))
)
SURVEY_3000 = DispersionPlan((*SURVEY_1000.ranges, DMRange(1000.0, 2.0, 500, 16), DMRange(2000.0, 3.0, 334, 32)))


def band_freqs_mhz(nchans: int = NCHANS) -> NDArray[np.float64]:
    """Return the centres of channels that fill the band, top first, in MHz."""
    return FCH1_MHZ - np.arange(nchans) * BANDWIDTH_MHZ / nchans
