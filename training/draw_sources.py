"""Random pulsars and random interference for the recordings on which the score is trained."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.header import Header
from fastpipe.dispersion import channel_smearing_s, dm_delay_s
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar, make_pulse_templates
from fastpipe.simulation.rfi_families import Carrier, Mains, Radar, SwitchedDiode
from fastpipe.simulation.rfi_presets import RFI_FAMILIES, typical_interference
from fastpipe.simulation.rfi_signals import RFIFamily
from fastpipe.simulation.shape import FilterbankShape

_HABITS = ("steady", "scintillating", "nulling", "drifting", "interpulse")
_HABIT_SHARES = (0.5, 0.15, 0.1, 0.1, 0.15)


@dataclass(frozen=True, slots=True)
class DrawnPulsar:
    """A simulated pulsar and how it deviates from a steady single pulse."""

    pulsar: SimulatedPulsar
    habit: str
    """One of steady, scintillating, nulling, drifting, interpulse."""
    seed: int
    """Start of the random numbers of the habit."""


def draw_pulsar(rng: np.random.Generator, header: Header) -> DrawnPulsar:
    """Draw a pulsar that a search of the recording may find.

    Periods are 1.5 ms to 5 s but at least 6 samples and at most an eighth of the recording, DMs 5 to 1000 pc cm^-3 but
    with less than 0.3 turns of smearing in a channel and a sweep below a quarter of the recording, S/N 6 to 100, all drawn
    evenly in the logarithm. Widths at half height are those of the known pulsars: 4 % of a turn at 1 s and 12 % at 5 ms, as
    the power -0.2 of the period, with a factor of 1.8 of scatter, 1 to 30 %.
    """
    habit = str(rng.choice(_HABITS, p=_HABIT_SHARES))
    period_s = log_uniform(rng, max(1.5e-3, 6.0 * header.tsamp), min(5.0, header.tobs_s / 8.0))
    width = 0.04 * period_s**-0.2 * float(np.exp(rng.normal(0.0, np.log(1.8))))
    duty_cycle = float(np.clip(width, 0.01, 0.1 if habit == "interpulse" else 0.3))
    dm = header.dm
    if dm is None:
        freqs = header.chan_freqs_mhz
        smeared = 0.3 * period_s / float(channel_smearing_s(1.0, header.fcenter_mhz, header.foff))
        swept = 0.25 * header.tobs_s / float(dm_delay_s(1.0, freqs.min(), freqs.max()))
        dm = log_uniform(rng, 5.0, max(min(1000.0, smeared, swept), 6.0))
    accel = 0.0
    if habit == "drifting":
        accel = rng.uniform(-20.0, 20.0) * SPEED_OF_LIGHT_M_S * period_s / header.tobs_s**2
    snr = log_uniform(rng, 6.0, 100.0)
    pulsar = SimulatedPulsar(period_s=period_s, dm=dm, snr=snr, duty_cycle=duty_cycle, accel=accel)
    return DrawnPulsar(pulsar, habit, int(rng.integers(2**31)))


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number evenly in its logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def add_pulsar(drawn: DrawnPulsar, header: Header, values: NDArray[np.float32]) -> None:
    """Add a pulsar to spectra in units of the noise, in place, shape [nsamples, nchans]."""
    rng = np.random.default_rng(drawn.seed)
    templates = make_pulse_templates(drawn.pulsar, header, np.ones(header.nchans, np.bool_))
    if drawn.habit == "interpulse":
        strength, distance = rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.6) * drawn.pulsar.period_s
        second = replace(
            templates, delays_s=templates.delays_s + distance, profiles=np.float32(strength) * templates.profiles
        )
        second.add(0, values)
    if drawn.habit not in ("scintillating", "nulling"):
        templates.add(0, values)
        return
    of_band, of_time = np.ones(header.nchans), np.ones(header.nsamples)
    if drawn.habit == "scintillating":
        of_band, of_time = _fading(rng, header.nchans), _fading(rng, header.nsamples)
    else:
        of_time = _nulls(rng, header, drawn.pulsar.period_s)
    pulses = np.zeros_like(values)
    replace(templates, profiles=templates.profiles * of_band[:, None].astype(np.float32)).add(0, pulses)
    values += pulses * of_time[:, None].astype(np.float32)


def _fading(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Smooth random gain of mean 1, modulated by 10 to 80 %, in 2 to 8 patches."""
    patches = rng.gamma(shape := rng.uniform(0.1, 0.8) ** -2.0, 1.0 / shape, int(rng.integers(3, 10)))
    gain = np.interp(np.linspace(0.0, 1.0, count), np.linspace(0.0, 1.0, len(patches)), patches)
    return np.asarray(gain / gain.mean())


def _nulls(rng: np.random.Generator, header: Header, period_s: float) -> NDArray[np.float64]:
    """Gain of a pulsar that is off for 10 to 60 % of the time, for some ten turns at a time; mean 1."""
    block = max(int(10.0 * period_s / header.tsamp), 1)
    is_on = rng.random(-(-header.nsamples // block)) > rng.uniform(0.1, 0.6)
    is_on[rng.integers(len(is_on))] = True
    gain = np.repeat(is_on.astype(np.float64), block)[: header.nsamples]
    return np.asarray(gain / max(gain.mean(), 0.1))


def draw_interference(rng: np.random.Generator, shape: FilterbankShape) -> SimulatedInterference:
    """Draw interference: one to three of the typical families, and often a periodic signal of any frequency.

    Parameters
    ----------
    rng
        Source of the random choices.
    shape
        The recording.
    """
    names = rng.choice(list(RFI_FAMILIES), size=int(rng.integers(1, 4)), replace=False).tolist()
    families: list[RFIFamily] = list(typical_interference(shape, names).families)
    if rng.random() < 0.7:
        families.append(_periodic(rng, shape))
    drift = rng.uniform(0.0, 0.1) if rng.random() < 0.3 else 0.0
    return SimulatedInterference(families=tuple(families), drift_amplitude=drift)


def _periodic(rng: np.random.Generator, shape: FilterbankShape) -> RFIFamily:
    """Draw a hum, a radar, a switched source or a pulsed transmitter of any frequency, strong enough to be found."""
    snr = log_uniform(rng, 10.0, 200.0)
    part = log_uniform(rng, min(1.0 / shape.nchans, 0.3), 0.3)
    centre_mhz = shape.top_mhz - rng.random() * shape.bandwidth_mhz
    part_mhz = part * shape.bandwidth_mhz
    in_part = snr * np.sqrt(2.0 / (shape.nchans * part * shape.nsamples))
    kind = int(rng.integers(4))
    if kind == 0:
        amplitude = snr * np.sqrt(2.0 / (shape.nchans * shape.nsamples))
        return Mains(freq_hz=log_uniform(rng, 1.0, 300.0), nharm=int(rng.integers(1, 12)), amplitude=float(amplitude))
    if kind == 1:
        freq_hz, nharm = log_uniform(rng, 1.0, 300.0), int(rng.integers(1, 16))
        return Mains(freq_hz=freq_hz, nharm=nharm, amplitude=float(in_part), centre_mhz=centre_mhz, bandwidth_mhz=part_mhz)
    if kind == 2:
        period_s = log_uniform(rng, 0.02, 2.0)
        return SwitchedDiode(period_s=period_s, on_fraction=rng.uniform(0.05, 0.5), amplitude=log_uniform(rng, 0.01, 0.3))
    if rng.random() < 0.5:
        return Carrier(
            freq_mhz=centre_mhz, bandwidth_mhz=part_mhz, amplitude=rng.uniform(0.5, 5.0), on_fraction=0.3, burst_s=0.5
        )
    return Radar(
        centre_mhz=centre_mhz,
        bandwidth_mhz=part_mhz,
        amplitude=log_uniform(rng, 1.0, 100.0),
        rotation_s=rng.uniform(2.0, 12.0),
        passage_s=rng.uniform(0.05, 0.5),
        pulse_hz=log_uniform(rng, 5.0, 400.0),
        pulse_s=log_uniform(rng, 1e-4, 1e-2),
    )
