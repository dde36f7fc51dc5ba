"""Which drifts of the frequency a search tries in series of a given length."""

from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.config import SearchConfig


def drift_grid(nfft: int, tsamp: float, config: SearchConfig) -> AccelerationGrid | None:
    """Plan the acceleration search of series of one length.

    Parameters
    ----------
    nfft
        Length of the transform in samples.
    tsamp
        Sampling time of the series in s.
    config
        Of the search.

    Returns
    -------
    AccelerationGrid or None
        None where no drift is asked for, or none of the frequencies is in the series.
    """
    drifts, options = config.acceleration.drifts, config.periodicity
    freq_max_hz = min(options.freq_max_hz, 0.5 / tsamp)
    if drifts is None or options.freq_min_hz >= freq_max_hz:
        return None
    return acceleration_grid(
        nfft // 2 + 1,
        nfft * tsamp,
        freqs_hz=(options.freq_min_hz, freq_max_hz),
        drifts=drifts,
        nharm_max=min(config.acceleration.accel_nharm_max, options.nharm_max),
    )
