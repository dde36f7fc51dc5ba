"""What the rounding of delays and the rounding and clipping of clean samples cost in S/N.

``python -m benchmarks.dedispersion_losses`` prints the least and the mean S/N kept, over the DM trials of the survey plan
(0 to 3000 pc cm^-3), of Gaussian pulses of 1 to 16 samples full width at half maximum; then what a pulse keeps of its S/N
through the clean 8-bit samples.

Rounding of delays
    Channel c is moved by e_c samples too much: the delays of the plan less the exact ones. The sum over the channels of a
    Gaussian of standard deviation s is then g * h, the Gaussian smeared by the distribution h of the e_c. White noise stays
    white, so the best filter for that shape finds it with an S/N proportional to the root of its energy. Two Gaussians a
    and b apart overlap by exp(-(a - b)^2 / 4 s^2), hence

        kept^2 = mean over pairs of channels c, d of exp(-(e_c - e_d)^2 / 4 s^2)

    against the pulse of all channels aligned. That is the mean square over all positions of the pulse between two samples. A
    delay that all channels share changes nothing. Pairs are counted from a histogram of the e_c in steps of 1/64 sample,
    which is right to 10^-4 for pulses of one sample. Beside it, in the same way, what remains where every channel is
    rounded once, as in brute-force dedispersion. The DM is that of the trial: the distance to the nearest trial, dispersion
    in a channel and the sampling are in ``fastpipe plan``.

Rounding and clipping of samples
    See `benchmarks.requantisation_losses`.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.fast_band import SURVEY_3000, TSAMP, band_freqs_mhz
from benchmarks.requantisation_losses import print_requantisation
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.data.dispersion_plan import DMRange
from tests.references.dedispersion import exact_delays

WIDTHS_SAMPLES = (1, 2, 4, 8, 16)
CHANNEL_COUNTS = (96, 336, 512, 1024, 2048, 3000, 4096, 16384)
TARGETS = {4: 0.97, 16: 0.99}
_STEP_SAMPLES = 1 / 64
_TRIALS_AT_A_TIME = 100


def kept_by_best_filter(errors: NDArray[np.float64], width_samples: float) -> NDArray[np.float64]:
    """Return the fraction of its S/N that a Gaussian pulse keeps under the filter that suits its smeared shape.

    Parameters
    ----------
    errors
        By how many samples each channel is moved too much, shape [ntrials, nchans].
    width_samples
        Full width of the pulse at half maximum.

    Returns
    -------
    ndarray
        Fractions, shape [ntrials]; the formula is in the docstring of the module.
    """
    step = np.rint(errors / _STEP_SAMPLES).astype(np.int64)
    step -= step.min()
    nsteps, nchans = int(step.max()) + 1, errors.shape[1]
    flat = (np.arange(len(step))[:, None] * nsteps + step).ravel()
    fraction = np.bincount(flat, minlength=len(step) * nsteps).reshape(-1, nsteps) / nchans
    sigma = width_samples / np.sqrt(8.0 * np.log(2.0))
    place = np.arange(nsteps) * _STEP_SAMPLES
    overlap = np.exp(-((place[:, None] - place) ** 2) / (4.0 * sigma**2))
    return np.asarray(np.sqrt(((fraction @ overlap) * fraction).sum(axis=1)))


def range_plan(nchans: int, dm_range: DMRange) -> RadixPlan:
    """Return the stages for one DM range on the band of FAST."""
    return make_radix_plan(band_freqs_mhz(nchans), TSAMP * dm_range.downsample, dm_range.dm_trials)


def kept_of_range(plan: RadixPlan, nchans: int, tsamp: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the S/N kept by every width at every trial of a plan, by the stages and by rounding once.

    Parameters
    ----------
    plan
        The stages.
    nchans
        Channels of the recording.
    tsamp
        Sampling time of the series in s.

    Returns
    -------
    tuple of ndarray
        By the delays of the stages; by exact delays rounded once a channel; shapes [nwidths, ntrials].
    """
    exact = exact_delays(band_freqs_mhz(nchans), tsamp, plan.dm_trials)
    delays = plan.delays()[:, :nchans]
    staged, once = [], []
    for first in range(0, len(exact), _TRIALS_AT_A_TIME):
        rows = slice(first, first + _TRIALS_AT_A_TIME)
        errors, rounding = delays[rows] - exact[rows], np.rint(exact[rows]) - exact[rows]
        staged.append([kept_by_best_filter(errors, width) for width in WIDTHS_SAMPLES])
        once.append([kept_by_best_filter(rounding, width) for width in WIDTHS_SAMPLES])
    return np.concatenate(staged, axis=1), np.concatenate(once, axis=1)


def _row(name: str, kept: NDArray[np.float64]) -> str:
    return f"{name:<44}" + "".join(f"   {values.min():.4f} {values.mean():.4f}" for values in kept)


def _print_losses_of(nchans: int, ranges: Iterable[DMRange]) -> None:
    """Print one line a DM range, and one of all; say where a target is missed."""
    all_staged, all_once = [], []
    for dm_range in ranges:
        plan = range_plan(nchans, dm_range)
        staged, once = kept_of_range(plan, nchans, TSAMP * dm_range.downsample)
        radices = " x ".join(str(stage.source.shape[1]) for stage in plan.stages)
        name = f"{nchans} channels, DM {dm_range.dm_min:.0f}-{dm_range.dm_max:.0f}, {radices}"
        print(_row(name, staged), flush=True)
        all_staged.append(staged)
        all_once.append(once)
    whole = np.concatenate(all_staged, axis=1)
    print(_row(f"{nchans} channels, all trials", whole))
    print(_row("    each channel rounded once", np.concatenate(all_once, axis=1)))
    for width, target in TARGETS.items():
        kept = whole[WIDTHS_SAMPLES.index(width)]
        if kept.min() < target:
            below = np.count_nonzero(kept < target)
            print(f"    below {target} at {width} samples: {below} of {len(kept)} trials, the least {kept.min():.4f}")


def main() -> None:
    """Print both tables."""
    print("S/N kept by the delays of the stages: least and mean over the trials, for pulses of a full width in samples")
    print(" " * 44 + "".join(f"{width:>16}" for width in WIDTHS_SAMPLES))
    for nchans in CHANNEL_COUNTS:
        _print_losses_of(nchans, SURVEY_3000.ranges)
    print_requantisation()


if __name__ == "__main__":
    main()
