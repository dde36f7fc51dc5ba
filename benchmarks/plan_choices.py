"""What the rule for DM trials costs and keeps: ``python -m benchmarks.plan_choices``.

The band is that of FAST: 4096 channels of 1050 to 1450 MHz, 49.152 us. S/N kept is computed twice: by the formula that plans
use, and exactly, from the delays that the stages really take out of each channel. Exact means that a Gaussian pulse is
widened by channel and sample, moved by what is wrong with the delay of every channel, added over the band, and found by a
filter of the shape that results.
"""

import math
from dataclasses import fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.dedispersion_plan import dm_step_for
from fastpipe.algorithms.radix_plan import make_radix_plan
from fastpipe.algorithms.smearing import inner_smearing_s, plan_smearing, rounding_smearing_s
from fastpipe.config import SearchConfig
from fastpipe.constants import LANES
from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.data.smearing import Smearing
from fastpipe.dispersion import dm_delay_s
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.cost import predict_cost
from fastpipe.pipeline.machine_rates import machine_rates
from fastpipe.pipeline.preflight import SearchPlan
from fastpipe.simulation.shape import FilterbankShape

HEADER = FilterbankShape(nchans=4096, nsamples=2**20, tsamp=49.152e-6).header()
FREQS_MHZ = HEADER.descending_freqs_mhz
WIDTHS_S = (0.2e-3, 0.5e-3, 1e-3, 5e-3)
PLACES = (np.arange(8) - 3.5) / 8
"""Distances of a pulsar from its trial, in steps."""
DM_MAX = 500.0
STAGES = (16, 16, 16)
READING_S = 1e-10
GROWTH = math.sqrt(2.0)
SHARE = 0.5
"""Resolution in units of the channel smearing, as the budget has it."""


def make_plan(tolerance: float, share: float = SHARE, *, with_rounding: bool = True) -> DispersionPlan:
    """Plan as the budget does, but with a resolution of at most `share` times the channel smearing."""
    dm_of_tsamp = HEADER.tsamp / float(inner_smearing_s(1.0, FREQS_MHZ))
    ranges, start, edge = [], 0.0, dm_of_tsamp
    while start <= DM_MAX:
        while edge <= start:
            edge *= GROWTH
        channel_s = float(inner_smearing_s(start, FREQS_MHZ))
        downsample = max(2 ** math.floor(math.log2(max(share * channel_s / HEADER.tsamp, 1.0)) + 1e-9), 1)
        sampling_s = downsample * HEADER.tsamp
        rounding_s = rounding_smearing_s(sampling_s, STAGES) if with_rounding else 0.0
        step = dm_step_for(FREQS_MHZ, tolerance * math.sqrt(2.0) * math.hypot(sampling_s, channel_s, rounding_s))
        ntrials = LANES * math.ceil((min(edge, DM_MAX) - start) / step / LANES)
        ranges.append(DMRange(start, step, ntrials, downsample))
        start += ntrials * step
    return DispersionPlan(tuple(ranges))


def snr_kept(errors_s: NDArray[np.float64], channel_s: NDArray[np.float64], sampling_s: float, width_s: float) -> float:
    """Return the S/N that a pulse keeps, from the error of the delay and the smearing of every channel."""
    sigma_s = width_s / math.sqrt(8.0 * math.log(2.0))
    freqs_hz = np.linspace(0.0, 4.0, 48) / (2.0 * math.pi * sigma_s)
    pulse = np.exp(-2.0 * np.square(math.pi * sigma_s * freqs_hz)) * np.sinc(freqs_hz * sampling_s)
    channels = np.sinc(freqs_hz * channel_s[:, None]) * np.exp(-2j * math.pi * freqs_hz * errors_s[:, None])
    found = pulse * np.abs(np.mean(channels, axis=0))
    whole = np.exp(-2.0 * np.square(math.pi * sigma_s * freqs_hz))
    return math.sqrt(float(np.trapezoid(np.square(found)) / np.trapezoid(np.square(whole))))


def exact_kept(dm_range: DMRange, width_s: float, places: NDArray[np.float64], ntrials: int = 4) -> NDArray[np.float64]:
    """Return the exact S/N kept by pulsars at some places around some trials of a range, shape [ntrials, nplaces]."""
    sampling_s, dms = dm_range.downsample * HEADER.tsamp, dm_range.dm_trials
    plan = make_radix_plan(FREQS_MHZ, sampling_s, dms)
    chosen = np.linspace(0, len(dms) - 2, ntrials).astype(int) + 1
    taken_s = plan.delays()[chosen, : len(FREQS_MHZ)] * sampling_s
    half_mhz = abs(FREQS_MHZ[1] - FREQS_MHZ[0]) / 2.0
    kept = np.empty((ntrials, len(places)))
    for i, dm in enumerate(dms[chosen]):
        channel_s = dm_delay_s(dm, FREQS_MHZ - half_mhz) - dm_delay_s(dm, FREQS_MHZ + half_mhz)
        for j, place in enumerate(places):
            errors_s = taken_s[i] - dm_delay_s(dm + place * dm_range.dm_step, FREQS_MHZ, FREQS_MHZ[0])
            kept[i, j] = snr_kept(errors_s, channel_s, sampling_s, width_s)
    return kept


def compare_rules() -> None:
    """Print trials and S/N kept, by the formula and exactly, without and with the rounding in the rule."""
    for name, plan in (("all but the rounding", make_plan(1.0, with_rounding=False)), ("all else", make_plan(1.0))):
        print(f"\nstep follows from {name}: {plan.ntrials} trials; S/N kept in %, formula / exact")
        print(
            f"{'DM':>12} {'step':>6} {'x':>2} " + "".join(f"{f'{1e3 * w:g} ms half-way':>18} {'mean':>12}" for w in WIDTHS_S)
        )
        for dm_range in plan.ranges:
            cells = "".join(_cells(dm_range, width_s) for width_s in WIDTHS_S)
            print(f"{dm_range.dm_min:6.1f}-{dm_range.dm_max:5.1f} {dm_range.dm_step:6.3f} {dm_range.downsample:2d} {cells}")


def _cells(dm_range: DMRange, width_s: float) -> str:
    smearing = plan_smearing(DispersionPlan((dm_range,)), FREQS_MHZ, HEADER.tsamp)
    halfway = exact_kept(dm_range, width_s, np.array([-0.5, 0.5])).mean()
    mean = exact_kept(dm_range, width_s, PLACES).mean()
    formula = smearing.snr_kept(width_s).mean()
    return f"{formula:12.1%}/{halfway:5.1%}{smearing.mean_snr_kept(width_s):7.1%}/{mean:5.1%}".replace("%", "")


def compare_resolutions(rates: KernelRates) -> None:
    """Print the S/N that pulses keep where samples are added sooner or later, at equal cost."""
    widths_s, borders = (0.3e-3, 0.5e-3, 1e-3), (0.0, 100.0, DM_MAX)
    print("\nmean S/N kept in %, and half-way between trials, at equal predicted time of dedispersion and Fourier search")
    heads = (f"DM {low:g}-{high:g}: {1e3 * width_s:g} ms" for low, high in pairwise(borders) for width_s in widths_s)
    print(f"{'resolution at most':>22} {'tolerance':>9} {'trials':>6} {'s':>5}" + "".join(f"{head:>21}" for head in heads))
    aim_s = predicted_s(make_plan(1.0), rates)
    for share in (SHARE, 0.25, 1.0, 2.0):
        tolerance = 1.0 if share == SHARE else _tolerance_at(aim_s, share, rates)
        plan = make_plan(tolerance, share)
        smearing = plan_smearing(plan, FREQS_MHZ, HEADER.tsamp)
        cells = ""
        for low, high in pairwise(borders):
            part = _between(smearing, low, high)
            cells += "".join(
                f"{part.mean_snr_kept(w):14.1%} {np.average(part.snr_kept(w), weights=part.step_s):6.1%}" for w in widths_s
            )
        name = f"{share:g} x in a channel"
        print(f"{name:>22} {tolerance:9.2f} {plan.ntrials:6d} {predicted_s(plan, rates):5.1f}{cells.replace('%', '')}")


def _between(smearing: Smearing, low: float, high: float) -> Smearing:
    is_between = (smearing.dms >= low) & (smearing.dms < high)
    return Smearing(*(getattr(smearing, term.name)[is_between] for term in fields(Smearing)))


def predicted_s(plan: DispersionPlan, rates: KernelRates) -> float:
    """Return the predicted wall time of dedispersion and Fourier search in s, with two threads and 8 GiB."""
    cost = predict_cost(HEADER, SearchConfig(), SearchPlan(plan, 1), Budget(8 * 2**30, 2, 2**25), rates, READING_S)
    return sum(stage.wall_s for stage in cost.stages if stage.stage in ("dedispersion", "Fourier search"))


def _tolerance_at(aim_s: float, share: float, rates: KernelRates) -> float:
    low, high = 0.2, 20.0
    for _ in range(8):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if predicted_s(make_plan(middle, share), rates) > aim_s else (low, middle)
    return math.sqrt(low * high)


def main() -> None:
    """Print both comparisons."""
    compare_rules()
    compare_resolutions(machine_rates(ThreadedExecutor(2, SilentProgress(), StageLedger()), is_bytes=True))


if __name__ == "__main__":
    main()
