"""S/N of folded pulsars over injected S/N, and how often errors cover.

Run ``python -m benchmarks.fold_coverage 1000 [FIRST_SEED]``.

Each pulsar is a recording of 64 channels from 1050 to 1450 MHz and 65,536 samples of 64 us to 1 ms, in white noise of 8 bit
as cleaning leaves it. Periods are 1.5 ms to 3 s, pulses 2 to 20 % of a turn wide, and the DM smears them within a channel by
up to their width. It is folded where a search would have left it: up to 0.3 Fourier bins and half a DM step off. Every third
has a drift of up to 8 bins, which the fold knows to half a bin. S/N is folded over injected, the median with the range of
the middle 68 %; coverage is the part of the true values within one error: 68 % are expected.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.algorithms.refinement import Refinement, refine
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.dispersion import channel_smearing_s, dm_delay_s
from fastpipe.simulation.pulsar import SimulatedPulsar, make_pulse_templates
from fastpipe.simulation.shape import FilterbankShape

SNR_EDGES = (7.0, 10.0, 15.0, 30.0, 100.0, 300.0)
DUTY_EDGES = (0.02, 0.05, 0.1, 0.2)
PERIOD_EDGES_S = (0.0015, 0.005, 0.02, 0.1, 0.5, 3.0)
ACCEPTED = (0.60, 0.76)
_NCHANS, _NSAMPLES, _NOISE = 64, 2**16, 16.0


@dataclass(frozen=True)
class FoldedPulsar:
    """A pulsar and its fold, at values that are a little off."""

    pulsar: SimulatedPulsar
    cube: FoldedCube
    is_drifting: bool


@dataclass(frozen=True)
class Outcome:
    """What the refinement made of one pulsar."""

    snr: float
    duty_cycle: float
    period_s: float
    ratio: float
    """S/N folded over injected."""
    pulls: tuple[float, float, float]
    """Frequency, DM and drift less the true ones, in units of their errors; NaN where the drift was not free."""


def fold_pulsar(seed: int) -> FoldedPulsar:
    """Simulate a pulsar in memory and fold it."""
    rng = np.random.default_rng(seed)
    snr, duty, period_s = (
        _log_uniform(rng, low, high)
        for low, high in (
            SNR_EDGES[seed % (len(SNR_EDGES) - 1) :][:2],
            (DUTY_EDGES[0], DUTY_EDGES[-1]),
            (PERIOD_EDGES_S[0], PERIOD_EDGES_S[-1]),
        )
    )
    shape = FilterbankShape(nchans=_NCHANS, nsamples=_NSAMPLES, tsamp=float(np.clip(period_s / 256.0, 64e-6, 1e-3)))
    header = shape.header()
    pulse_s = duty * period_s
    dm = min(float(rng.uniform(0.1, 1.0) * pulse_s / channel_smearing_s(1.0, header.fcenter_mhz, header.foff)), 500.0)
    is_drifting = seed % 3 == 0
    fdot = rng.uniform(-8.0, 8.0) / header.tobs_s**2 if is_drifting else 0.0
    pulsar = SimulatedPulsar(period_s=period_s, dm=dm, snr=snr, duty_cycle=duty, accel=-fdot * period_s * SPEED_OF_LIGHT_M_S)
    values = rng.standard_normal((_NSAMPLES, _NCHANS), np.float32)
    make_pulse_templates(pulsar, header, np.ones(_NCHANS, bool)).add(0, values)
    clean = np.ascontiguousarray(np.clip(np.rint(128.0 + _NOISE * values), 1, 255).astype(np.uint8).T)
    geometry = FoldGeometry(_NSAMPLES, header.tsamp, header.chan_freqs_mhz, np.ones(_NCHANS, bool), _NOISE)
    dm_step = (pulse_s + header.tsamp) / float(np.ptp(dm_delay_s(1.0, header.chan_freqs_mhz)))
    freq = pulsar.freq_hz + rng.uniform(-0.3, 0.3) / header.tobs_s
    fdot += is_drifting * rng.uniform(-0.5, 0.5) / header.tobs_s**2
    plan = plan_fold(make_fold_spec(freq, fdot, max(dm + rng.uniform(-0.5, 0.5) * dm_step, 0.0), geometry), geometry)
    sums = empty_sums(plan)
    add_partial(sums, fold_chunk(clean, 0, [plan])[0], plan)
    return FoldedPulsar(pulsar, finish_cube(sums, plan), is_drifting)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def judge(folded: FoldedPulsar, found: Refinement) -> Outcome:
    """Compare a refinement with the truth."""
    pulsar = folded.pulsar
    pulls = (
        (found.freq_hz - pulsar.freq_hz) / found.freq_err_hz,
        (found.dm - pulsar.dm) / found.dm_err,
        (found.fdot_hz_s - pulsar.fdot_hz_s) / found.fdot_err_hz_s if folded.is_drifting else np.nan,
    )
    return Outcome(pulsar.snr, pulsar.duty_cycle, pulsar.period_s, found.snr / pulsar.snr, pulls)


def print_table(name: str, outcomes: list[Outcome], edges: tuple[float, ...], value: Callable[[Outcome], float]) -> int:
    """Print S/N ratio and coverage in bins of one quantity; return how many coverages are outside the accepted range."""
    nbad = 0
    print(f"\n| {name} | pulsars | S/N folded over injected | frequency | DM | drift |\n|---|---|---|---|---|---|")
    for low, high in pairwise(edges):
        group = [each for each in outcomes if low <= value(each) < high]
        if not group:
            continue
        lower, median, upper = np.percentile([each.ratio for each in group], [16, 50, 84])
        covers = [_coverage(np.array([each.pulls[index] for each in group])) for index in range(3)]
        nbad += sum(not ACCEPTED[0] <= cover <= ACCEPTED[1] for cover in covers)
        texts = " | ".join(f"{100 * cover:.0f} %" for cover in covers)
        print(f"| {low:g}-{high:g} | {len(group)} | {median:.3f} ({lower:.2f}-{upper:.2f}) | {texts} |")
    return nbad


def _coverage(pulls: NDArray[np.float64]) -> float:
    known = pulls[~np.isnan(pulls)]
    return float(np.mean(np.abs(known) < 1.0)) if len(known) else np.nan


def main(npulsars: int, first_seed: int = 0) -> None:
    """Fold and refine pulsars with consecutive seeds and print the tables; constants were fitted to those below 10,000."""
    outcomes = []
    for seed in range(first_seed, first_seed + npulsars):
        folded = fold_pulsar(seed)
        outcomes.append(judge(folded, refine(folded.cube, is_drifting=folded.is_drifting)))
    print(f"{npulsars} pulsars: S/N folded over injected, median {np.median([each.ratio for each in outcomes]):.3f}")
    nbad = print_table("S/N", outcomes, SNR_EDGES, lambda each: each.snr)
    print_table("width in turns", outcomes, DUTY_EDGES, lambda each: each.duty_cycle)
    print_table("period in s", outcomes, PERIOD_EDGES_S, lambda each: each.period_s)
    print(f"\n{nbad} coverages in bins of S/N outside {ACCEPTED[0]:.2f} to {ACCEPTED[1]:.2f}")


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:3] or ["1000"]))
