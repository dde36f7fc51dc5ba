"""What a pulse keeps of its S/N through the clean 8-bit samples.

Noise with and without a signal is digitised to 8 bits, as a receiver does, and cleaned: flat band, noise of standard
deviation `NOISE_STD` around `ZERO_LEVEL`, whole numbers, clipped at 0 and 255. Before the cleaning the same samples are
brought to the same scale in float64. With A the mean difference that the signal makes, and s the standard deviation of the
noise without it, S/N kept is (A / s) after over (A / s) before: rounding makes s larger, clipping makes A smaller. Both
sides share their noise, so the ratio is known to 10^-5. `benchmarks.dedispersion_losses` prints the table.
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import NOISE_STD, Spectra, clean_spectra, cleaning_table
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.data.channel_statistics import ChannelStatistics

DOWNSAMPLES = (1, 2, 8)
RECORDED_STDS = (3.0, 10.0)
"""Standard deviation of the noise in the recording, in steps of its 8 bits."""
STRENGTHS = (0.1, 2.0, 4.0, 6.0, 8.0)
"""Height of the signal in one channel and clean sample, over the noise of such a sample."""
_RECORDED_LEVEL = 90.0
_SHAPE = (2**18, 32)


def _clean(data: NDArray[np.uint8], statistics: ChannelStatistics, downsample: int) -> NDArray[np.uint8]:
    nsamples, nchans = data.shape
    table = cleaning_table(statistics, np.ones((1, nchans), bool), is_ascending=False, downsample=downsample)
    out = np.full((nchans, nsamples // downsample), ZERO_LEVEL, np.uint8)
    clean_spectra(Spectra(data, np.zeros(nsamples, np.int64)), table, out, 0)
    return out


def kept_by_requantisation(downsample: int, recorded_std: float, strengths: tuple[float, ...]) -> list[float]:
    """Measure the S/N kept from the recording to the clean samples.

    Parameters
    ----------
    downsample
        Spectra added into one clean sample.
    recorded_std
        Standard deviation of the noise in the recording, in steps of its 8 bits.
    strengths
        Heights of the signal in one channel and clean sample, over the noise of such a sample.

    Returns
    -------
    list of float
        One fraction for each strength.
    """
    noise = np.random.default_rng(7).standard_normal(_SHAPE, np.float32)

    def recorded(strength: float) -> NDArray[np.uint8]:
        values = _RECORDED_LEVEL + recorded_std * (noise + np.float32(strength / np.sqrt(downsample)))
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)

    off = recorded(0.0)
    statistics = ChannelStatistics(off.mean(axis=0, dtype=np.float64), off.std(axis=0, dtype=np.float64), len(off))
    scale = NOISE_STD / statistics.std / np.sqrt(downsample)

    def flat(data: NDArray[np.uint8]) -> NDArray[np.float64]:
        sums = data.reshape(-1, downsample, data.shape[1]).sum(axis=1, dtype=np.int64)
        return np.asarray((sums * scale).T)

    before, after = flat(off), _clean(off, statistics, downsample)
    widening = float(np.std(after) / np.std(before - before.mean(axis=1, keepdims=True)))
    kept = []
    for strength in strengths:
        on = recorded(strength)
        height_before = float(flat(on).mean() - before.mean())
        height_after = float(_clean(on, statistics, downsample).mean() - after.mean())
        kept.append(height_after / height_before / widening)
    return kept


def print_requantisation() -> None:
    """Print the S/N kept for every kind of samples and strength of the signal."""
    print("\nS/N kept by clean 8-bit samples, for a signal of so many times the noise in one channel and sample")
    print(" " * 44 + "".join(f"{strength:>10}" for strength in STRENGTHS))
    for recorded_std in RECORDED_STDS:
        for downsample in DOWNSAMPLES:
            kept = kept_by_requantisation(downsample, recorded_std, STRENGTHS)
            name = f"recorded noise {recorded_std:.0f} counts, {downsample} spectra a sample"
            print(f"{name:<44}" + "".join(f"{value:>10.5f}" for value in kept))
