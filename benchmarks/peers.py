"""What other programs took on another machine, and how this one compares with it.

All figures are CPU seconds for 2^20 8-bit samples of 49.152 us, where two were seen the one that flatters fastpipe least.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

RFIFIND_SECONDS = {512: 28.0, 4096: 179.0}
"""rfifind -time 1.0 of PRESTO 6, by the number of channels."""
PREPSUBBAND_SECONDS = 99.0
"""prepsubband -nsub 128 of PRESTO 6: 4096 channels, 110 trials at full time resolution."""
PREPSUBBAND_TRIAL_SECONDS = 0.54
"""The same for a further trial."""
PULSARX_SECONDS = {110: 93.0, 1100: 160.0}
"""dedisperse_all_fil of PulsarX: 4096 channels, by the number of trials at full time resolution."""

PEER_FFT_SECONDS = 0.10
"""SciPy's rfft of 2^22 float32 on the machine of the peers: 0.08 to 0.10 s."""
_FFT_REPEATS = 10


def least_cpu_seconds(function: Callable[[], Any], repeats: int) -> float:
    """Return the least CPU time of a few calls in s, after one call that may compile and fill caches."""
    function()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        seconds.append(time.process_time() - start)
    return min(seconds)


@cache
def fft_seconds() -> float:
    """Return the CPU time of SciPy's rfft of 2^22 float32 on this machine in s."""
    from scipy.fft import rfft

    series = np.random.default_rng(3).normal(size=2**22).astype(np.float32)
    return least_cpu_seconds(lambda: rfft(series), _FFT_REPEATS)


def ratio_on_one_machine(ratio: float) -> float:
    """Return how many times faster than a peer a program would be there, if the machines differ as SciPy's FFT does."""
    return ratio * fft_seconds() / PEER_FFT_SECONDS
