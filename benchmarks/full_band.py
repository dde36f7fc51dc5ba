"""Cleaning and dedispersion of the FAST band on one core: seconds a second of data, beside what the machine allows.

``python -m benchmarks.full_band`` takes about two minutes. It prints

- for every DM range of four plans (0 to 1000 and 0 to 3000 pc cm^-3, as surveys choose them and as ``fastpipe plan`` does):
  the time of cleaning and of dedispersion, the additions of each stage a second beside those of numbers in the first-level
  cache, and the bytes moved beside a copy from memory to memory;
- the same trials as the peers made: 110 and 1100 at full time resolution;
- other numbers of channels.

The band is 4096 channels of 8 bits, 1450 MHz down to 1050, 49.152 us. Four chunks stand for the whole recording: they are at
least four times as long as the sweep of the band, and all cost the same. Ranges of one time resolution share their clean
channels. Times are those for which the thread ran; memory was touched before. Reading is not in them: the recording is in
memory.
"""

import numpy as np

from benchmarks.fast_band import NCHANS, SURVEY_1000, SURVEY_3000, TSAMP, band_freqs_mhz
from benchmarks.machine import copy_gb_s
from benchmarks.peers import (
    PREPSUBBAND_SECONDS,
    PREPSUBBAND_TRIAL_SECONDS,
    PULSARX_SECONDS,
    fft_seconds,
    ratio_on_one_machine,
)
from benchmarks.stage_times import NCHUNKS, ChunkTimes, time_chunks
from fastpipe.algorithms.dedispersion_plan import make_dispersion_plan
from fastpipe.algorithms.radix_plan import make_radix_plan
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange

TARGET_SECONDS = 0.3
"""Of one core, a second of data, for DM 0 to 1000 in 2500 trials."""
PEER_SAMPLES = 2**20
PEER_STEP = 0.05
CHANNEL_COUNTS = (96, 336, 512, 1024, 2048, 3000, 4096, 16384)
_SAMPLES_A_TRIAL = 4
_MOST_TRIALS = 1024


def measure_range(dm_range: DMRange) -> ChunkTimes:
    """Time one DM range on the band of FAST."""
    plan = make_radix_plan(band_freqs_mhz(), TSAMP * dm_range.downsample, dm_range.dm_trials)
    return time_chunks(plan, NCHANS, dm_range.downsample)


def _radices(times: ChunkTimes) -> str:
    return " x ".join(str(stage.source.shape[1]) for stage in times.plan.stages)


def _print_range(dm_range: DMRange, times: ChunkTimes) -> None:
    """Print four lines about one DM range."""
    print(
        f"  DM {dm_range.dm_min:.4g} + {dm_range.ntrials} x {dm_range.dm_step:.3g}, {dm_range.downsample} spectra a sample, "
        f"{_radices(times)} rows; {NCHUNKS} chunks of {times.chunk_samples} samples"
    )
    per_second = [seconds / times.data_s for seconds in (times.cleaning_s, times.dedispersion_s)]
    useful = times.useful_additions * TSAMP / times.data_s
    print(
        f"    cleaning {per_second[0]:.4f} s, dedispersion {per_second[1]:.4f} s a second of data; {useful:.0f} additions a "
        f"spectrum, {times.made_additions / times.useful_additions:.2f} times as many made"
    )
    rates = [
        f"{stage.name} {stage.rate:.1f} ({100 * stage.rate / stage.peak:.0f} % of {stage.peak:.0f} in L1)"
        for stage in times.stages
    ]
    print("    G additions/s: " + ", ".join(rates))
    moved = [nbytes / times.data_s / 1e9 for nbytes in times.bytes_moved]
    speed = sum(times.bytes_moved) / times.dedispersion_s / 1e9
    print(
        f"    GB a second of data: channels {moved[0]:.3f}, rows {moved[1]:.3f}, series {moved[2]:.3f}; {speed:.1f} GB/s, "
        f"{copy_gb_s():.1f} a copy",
        flush=True,
    )


class RangeTimes:
    """Times of DM ranges, each measured once though several plans have it."""

    def __init__(self) -> None:
        self._times: dict[DMRange, ChunkTimes] = {}

    def of(self, dm_range: DMRange) -> ChunkTimes:
        """Return the times of a range; where they are new, measure and print them."""
        if dm_range not in self._times:
            self._times[dm_range] = measure_range(dm_range)
            _print_range(dm_range, self._times[dm_range])
        return self._times[dm_range]

    def print_plan(self, name: str, plan: DispersionPlan) -> None:
        """Print the ranges of a plan that are new, and the sum over all."""
        print(f"\n{name}, {plan.ntrials} trials")
        times = [self.of(dm_range) for dm_range in plan.ranges]
        cleaning: dict[int, float] = {}
        for part in times:
            cleaning[part.downsample] = max(cleaning.get(part.downsample, 0.0), part.cleaning_s / part.data_s)
        cleaning_s, dedispersion_s = sum(cleaning.values()), sum(part.dedispersion_s / part.data_s for part in times)
        additions = sum(part.useful_additions * TSAMP / part.data_s for part in times)
        print(
            f"{name}: cleaning {cleaning_s:.3f} + dedispersion {dedispersion_s:.3f} = {cleaning_s + dedispersion_s:.3f} s "
            "of one core a second of data"
        )
        print(f"    {additions:.0f} additions a spectrum where brute force makes {_brute_force(plan):.0f}", flush=True)


def _brute_force(plan: DispersionPlan) -> float:
    return sum(NCHANS * dm_range.ntrials / dm_range.downsample for dm_range in plan.ranges)


def print_peers() -> None:
    """Print the time for the trials that other programs made, and how many times theirs it is."""
    print(f"\nThe trials of the peers: {NCHANS} channels, {PEER_SAMPLES} samples, steps of {PEER_STEP} from DM 0, full rate")
    print(f"SciPy's rfft of 2^22 float32: {fft_seconds():.3f} s here, 0.10 s there; ratios as they are / scaled by it")
    for ntrials, pulsarx in PULSARX_SECONDS.items():
        times = measure_range(DMRange(0.0, PEER_STEP, ntrials, 1))
        whole = PEER_SAMPLES * TSAMP / times.data_s
        seconds = (times.cleaning_s + times.dedispersion_s) * whole
        prepsubband = PREPSUBBAND_SECONDS + PREPSUBBAND_TRIAL_SECONDS * (ntrials - min(PULSARX_SECONDS))
        print(f"  {ntrials} trials: {seconds:.2f} s ({times.dedispersion_s * whole:.2f} s without cleaning)")
        for name, peer in (("prepsubband", prepsubband), ("PulsarX", pulsarx)):
            ratio = peer / seconds
            print(f"    {name} {peer:.0f} s: {ratio:.0f} / {ratio_on_one_machine(ratio):.0f} times", flush=True)


def print_channel_counts() -> None:
    """Print the time of an addition for other numbers of channels, with one trial for four samples of sweep."""
    print(
        "\nOther numbers of channels: up to the DM that smears a channel by one sample, one trial for 4 samples of the sweep"
    )
    print("channels  trials        radices  additions/sample  of brute force   made  ns a sample  ps a useful addition")
    for nchans in CHANNEL_COUNTS:
        freqs = band_freqs_mhz(nchans)
        ntrials = min(-(-nchans // _SAMPLES_A_TRIAL // 16) * 16, _MOST_TRIALS)
        dm_max = 118.0 * nchans / NCHANS
        dms = dm_max * _SAMPLES_A_TRIAL / nchans * np.arange(ntrials)
        times = time_chunks(make_radix_plan(freqs, TSAMP, dms), nchans, 1)
        per_sample = sum(times.plan.additions_per_sample())
        seconds = times.dedispersion_s / (NCHUNKS * times.chunk_samples)
        print(
            f"{nchans:8}{ntrials:8}{_radices(times):>15}{per_sample:18}{per_sample / (nchans * ntrials):16.3f}"
            f"{times.made_additions / times.useful_additions:7.2f}{1e9 * seconds:13.0f}{1e12 * seconds / per_sample:22.1f}",
            flush=True,
        )


def main() -> None:
    """Print all."""
    ranges = RangeTimes()
    ranges.print_plan("survey plan, DM 0 to 1000", SURVEY_1000)
    print(f"the target is {TARGET_SECONDS} s, cleaning and dedispersion together")
    ranges.print_plan("survey plan, DM 0 to 3000", SURVEY_3000)
    for dm_max in (1000.0, 3000.0):
        own = make_dispersion_plan(band_freqs_mhz(), TSAMP, 0.0, dm_max)
        ranges.print_plan(f"plan of fastpipe, DM 0 to {dm_max:.0f}", own)
    print_peers()
    print_channel_counts()


if __name__ == "__main__":
    main()
