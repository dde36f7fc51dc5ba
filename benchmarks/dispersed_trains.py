"""How strong dispersed pulsars come out of dedispersion and the Fourier search, over what theory says.

``python -m benchmarks.dispersed_trains`` prints its tables in a minute and a half on one core.

Pulses without noise are simulated in 1024 channels from 1050 to 1450 MHz at the time resolution that the plan has for their
DM, cut to 8 bits, and dedispersed by the stages for all trials of its range. The nearest trial, to which white noise is
added, is searched as in `benchmarks.sensitivity`: dedispersion adds samples, so noise stays as it is. Every pulsar has its
own DM between two trials, and is searched in four noises.

Theory is the sigma of the pulses as they were sent. Known are the losses by sampling, dispersion in the channels, the
distance to the trial and rounding of delays, the latter as `fastpipe.algorithms.smearing` has it, and those of the search.
The pulses are as strong as it takes for a sigma of 12 after the first four.
"""

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.pulse_trains import SIGMA, Recovery, Series, Train, gaussian_shape, recover, scaled_train
from benchmarks.ratio_tables import duration_text, print_ratios, print_recoveries
from fastpipe.algorithms.dedispersion import ZERO_LEVEL, channel_length, dedisperse
from fastpipe.algorithms.dedispersion_plan import PlanRules, make_dispersion_plan
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.algorithms.smearing import rounding_smearing_s
from fastpipe.constants import LANES
from fastpipe.data.dispersion_plan import DMRange
from fastpipe.dispersion import channel_smearing_s, dm_delay_s
from fastpipe.simulation.pulsar import SimulatedPulsar, make_pulse_templates
from fastpipe.simulation.shape import FilterbankShape

PERIODS_S = (0.0015, 0.005, 0.02, 0.1, 0.5, 2.0)
DMS = (10.0, 50.0, 200.0, 500.0)
DUTY_CYCLE = 0.1
NCHANS = 1024
NSAMPLES = 1 << 16
TSAMP = 65.536e-6
_SLOW_S, _SLOW_DOWNSAMPLE = 0.05, 16
_NNOISES = 4
_CHUNK = 1 << 13
_PEAK = 100.0
"""Height of the highest pulse in units of the 8-bit samples."""


@dataclass(frozen=True)
class Band:
    """The series of one DM range, and how its trials are made."""

    series: Series
    dm_range: DMRange
    plan: RadixPlan
    shape: FilterbankShape

    @property
    def freqs_mhz(self) -> NDArray[np.float64]:
        return self.shape.header().chan_freqs_mhz


def band_at(dm: float, min_downsample: int, nchans: int = NCHANS, nsamples: int = NSAMPLES) -> Band:
    """Plan the dedispersion around a DM, with the samples and the steps that a search has there."""
    freqs_mhz = FilterbankShape(nchans=nchans).header().chan_freqs_mhz
    ranges = make_dispersion_plan(freqs_mhz, TSAMP, 0.0, 2.0 * dm, PlanRules(min_downsample=min_downsample)).ranges
    dm_range = next(each for each in ranges[::-1] if each.dm_min <= dm)
    series = Series(nsamples, TSAMP * dm_range.downsample)
    plan = make_radix_plan(freqs_mhz, series.tsamp, dm_range.dm_trials)
    return Band(series, dm_range, plan, FilterbankShape(nchans=nchans, nsamples=nsamples, tsamp=series.tsamp))


def received(band: Band, pulsar: SimulatedPulsar, trial: int) -> NDArray[np.float32]:
    """Return the noise-free series of one trial, in units in which `gaussian_shape` has the powers of what was sent."""
    header, plan = band.shape.header(), band.plan
    templates = make_pulse_templates(pulsar, header, np.ones(header.nchans, np.bool_))
    scale = _PEAK / float(templates.profiles.max())
    out = np.empty((-(-len(plan.dm_trials) // LANES), _CHUNK, LANES), np.float32)
    series = np.empty(band.series.nsamples, np.float32)
    for start in range(0, len(series), _CHUNK):
        values = np.zeros((channel_length(plan, _CHUNK), header.nchans), np.float32)
        templates.add(start - plan.lead_samples, values)
        channels = np.full((plan.nchans, len(values)), ZERO_LEVEL, np.uint8)
        channels[: header.nchans] = np.rint(scale * values.T + np.float32(ZERO_LEVEL - 0.5 * _PEAK))
        dedisperse(channels, 0, plan, out, 0, _CHUNK)
        series[start : start + _CHUNK] = out[trial // LANES, :, trial % LANES]
    # Smearing leaves the mean of a profile over the turn as it is.
    mean = templates.window * float(templates.profiles[:, :-1].mean())
    return series / np.float32(scale * mean * header.nchans * np.sqrt(len(series)))


def smeared_powers(band: Band, pulsar: SimulatedPulsar, trial: int, nharm: int) -> NDArray[np.float64]:
    """Return what the harmonics keep of their power: samples, channels, distance to the trial, rounding of the delays."""
    harmonics_hz = pulsar.freq_hz * np.arange(1, nharm + 1)[:, np.newaxis]
    freqs_mhz, header = band.freqs_mhz, band.shape.header()
    in_channel_s = channel_smearing_s(pulsar.dm, freqs_mhz, header.foff)
    late_s = dm_delay_s(pulsar.dm - float(band.plan.dm_trials[trial]), freqs_mhz, float(freqs_mhz.max()))
    radices = tuple(stage.source.shape[1] for stage in band.plan.stages)
    rounding_s = rounding_smearing_s(band.series.tsamp, radices)
    aligned = np.sinc(harmonics_hz * in_channel_s) * np.exp(-2j * np.pi * harmonics_hz * late_s)
    sampled = np.sinc(harmonics_hz[:, 0] * band.series.tsamp) ** 2
    # A boxcar of full width w has the variance w^2 / 12.
    rounded = np.exp(-((2.0 * np.pi * harmonics_hz[:, 0] * rounding_s) ** 2) / 12.0)
    return np.asarray(np.abs(aligned.mean(axis=1)) ** 2 * sampled * rounded)


def recover_dispersed(band: Band, dm: float, period_s: float, seed: int) -> tuple[Recovery, NDArray[np.float64]]:
    """Search four pulsars in four noises each; return also the sigma of theory of the pulses as they were sent."""
    rng, series = np.random.default_rng(seed), band.series
    block, trains, sent = np.empty((series.nsamples, LANES), np.float32), [], []
    for first_lane in range(0, LANES, _NNOISES):
        trial = int(np.abs(band.plan.dm_trials - dm).argmin()) + int(rng.integers(-2, 3))
        pulsar_dm = float(band.plan.dm_trials[trial]) + band.dm_range.dm_step * rng.uniform(-0.5, 0.5)
        fourier_bin = series.tobs_s / period_s + rng.random()
        pulsar = SimulatedPulsar(period_s=series.tobs_s / fourier_bin, dm=pulsar_dm, snr=1.0, duty_cycle=DUTY_CYCLE)
        shape = gaussian_shape(series, fourier_bin, DUTY_CYCLE)
        kept = smeared_powers(band, pulsar, trial, len(shape))
        train = scaled_train(fourier_bin, shape * kept)
        scale = train.powers[0] / (shape[0] * kept[0])
        block[:, first_lane : first_lane + _NNOISES] = np.sqrt(scale) * received(band, pulsar, trial)[:, np.newaxis]
        trains += [train] * _NNOISES
        sent += [Train(fourier_bin, scale * shape).sigma()] * _NNOISES
    return recover(series, trains, rng, received=block), np.array(sent)


def main() -> None:
    """Print all tables."""
    start = time.perf_counter()
    cells = []
    print(f"{NCHANS} channels, duty cycle {DUTY_CYCLE:g}, sigma of theory {SIGMA:g} after smearing")
    for i, period_s in enumerate(PERIODS_S):
        bands = [band_at(dm, _SLOW_DOWNSAMPLE if period_s > _SLOW_S else 1) for dm in DMS]
        lengths = ", ".join(f"{band.series.tobs_s:.0f} s at {1e6 * band.series.tsamp:.0f} us" for band in bands)
        print(f"{duration_text(period_s)}: series of {lengths}", flush=True)
        row = [
            recover_dispersed(band, dm, period_s, 10 * i + j) for j, (band, dm) in enumerate(zip(bands, DMS, strict=True))
        ]
        cells.append([replace(recovery, theory=sent) for recovery, sent in row])
    names = [duration_text(each) for each in PERIODS_S], [f"DM {dm:g}" for dm in DMS]
    print_ratios("sigma of theory after smearing over that before", *names, cells, lambda each: SIGMA / each.theory)
    print_recoveries(*names, cells)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
