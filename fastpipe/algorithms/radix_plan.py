"""Which shifted rows to add in each stage of the radix dedispersion.

The channels are the leaves of a tree: `radices[0]` neighbouring channels make a node of the first stage, `radices[1]` such
nodes one of the second, and so on to the root, which is the whole band. A node keeps one row for each distinct delay, in
whole samples, across its own band, so neighbouring trials share rows. Shifts are rounded to samples once a stage, those of
an output row together: what all its terms are late by, the next stage makes up for.

A row begins as late as all its uses allow. So nearly the whole delay is in the shifts of the first stage, and the rows
between the stages are little longer than the series, however large the delays are.
"""

import math
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.delay_rounding import round_together
from fastpipe.constants import DISPERSION_CONSTANT

MAX_SUMMED_CHANNELS = 256
"""Channels whose 8-bit sum is sure to fit 16 bits; the stages before the last sum at most these."""

_STAGE_COST = (1.0, 1.0, 6.0)
"""Time of one addition in the first, middle and last stage in units of the first. The last one adds half as fast, and writes
the series."""


@dataclass(frozen=True, slots=True)
class RadixStage:
    """One stage: output row o is the sum over k of input row ``source[o, k]`` moved by ``shift[o, k]``."""

    source: NDArray[np.int64]
    """Rows of the stage before (channels for the first), shape [nrows, radix]."""
    shift: NDArray[np.int64]
    """Samples by which the input row is later, at least 0, shape [nrows, radix]."""
    first_row: NDArray[np.int64]
    """Where the rows of each node begin, shape [nnodes + 1]."""

    @property
    def reach_samples(self) -> int:
        """Largest shift: how far the input rows must reach past the end of the output rows."""
        return int(self.shift.max())


@dataclass(frozen=True, slots=True)
class RadixPlan:
    """Stages that turn channels, top of the band first, into DM trials; series refer to the top of the band."""

    dm_trials: NDArray[np.float64]
    """DMs in pc cm^-3, shape [ntrials]; row i of the last stage is trial i."""
    nchans: int
    """Channels the plan reads: those of the recording and, after them, dead ones that fill the last node."""
    lead_samples: int
    """Samples needed before the first sample of the series."""
    stages: tuple[RadixStage, ...]
    """First, middle and last stage."""

    @property
    def reach_samples(self) -> int:
        """Samples needed after the last sample of the series."""
        return sum(stage.reach_samples for stage in self.stages) - self.lead_samples

    def delays(self) -> NDArray[np.int64]:
        """Delay in samples that each trial takes out of each channel, shape [ntrials, nchans]."""
        total = np.zeros((self.nchans, 1), np.int64)
        for stage in self.stages:
            total = (total[stage.source] + stage.shift[:, :, None]).reshape(len(stage.source), -1)
        return total - self.lead_samples

    def additions_per_sample(self) -> tuple[int, ...]:
        """Additions each stage makes for one sample of all trials."""
        return tuple(stage.source.size for stage in self.stages)

    def subset(self, first_trial: int, last_trial: int) -> "RadixPlan":
        """Return the plan of the trials `first_trial` to `last_trial` - 1, without the rows that only others need.

        Their series are the same to the last bit as those of the whole plan.
        """
        keep = np.arange(first_trial, min(last_trial, len(self.dm_trials)))
        dm_trials, stages = self.dm_trials[keep], []
        for stage in reversed(self.stages):
            source, used = stage.source[keep], np.arange(self.nchans)
            if stage is not self.stages[0]:
                used, source = np.unique(source, return_inverse=True)
            first_row = np.searchsorted(keep, stage.first_row).astype(np.int64)
            shape = (len(keep), stage.source.shape[1])
            stages.append(RadixStage(source.reshape(shape).astype(np.int64), stage.shift[keep], first_row))
            keep = used
        return RadixPlan(dm_trials, self.nchans, self.lead_samples, tuple(reversed(stages)))


def choose_radices(nchans: int, band_delay_samples: float, ntrials: int) -> tuple[int, ...]:
    """Choose how many rows each of the stages adds, by the fewest weighted additions.

    Parameters
    ----------
    nchans
        Channels of the recording.
    band_delay_samples
        Delay across the band at the highest DM less that at the lowest, in samples.
    ntrials
        Number of DM trials.

    Returns
    -------
    tuple of int
        Three radices whose product is at least `nchans` and whose first two sum at most `MAX_SUMMED_CHANNELS` channels.

    Examples
    --------
    >>> choose_radices(4096, 3600, 1500)
    (16, 16, 16)
    """
    first, second, last = _radix_choices(nchans)
    rows_first = np.minimum(ntrials, band_delay_samples * first / nchans + 1)
    rows_second = np.minimum(ntrials, band_delay_samples * first * second / nchans + 1)
    additions = (second * last * rows_first * first, last * rows_second * second, ntrials * last)
    best = int(np.argmin(sum(weight * count for weight, count in zip(_STAGE_COST, additions, strict=True))))
    return int(first[best]), int(second[best]), int(last[best])


@cache
def _radix_choices(nchans: int) -> NDArray[np.int64]:
    """Return all radices to choose from, shape [3, nchoices]."""
    longest_last = max(64, math.ceil(nchans / MAX_SUMMED_CHANNELS))
    firsts = np.arange(1, min(nchans, 64) + 1)
    nseconds = np.minimum(MAX_SUMMED_CHANNELS // firsts, -(-nchans // firsts))
    first = np.repeat(firsts, nseconds)
    second = np.concatenate([np.arange(1, count + 1) for count in nseconds])
    last = -(-nchans // (first * second))
    return np.stack([first, second, last])[:, last <= longest_last]


def _rows_of_children(
    dms: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], NDArray[np.int64]]:
    """Return the DMs of the rows that each child of a node keeps, and which of all these serve each of `dms`.

    `spread` is the delay across each child in samples per unit DM, shape [radix]; the rows are counted through, shape
    [len(dms), radix].
    """
    row = np.zeros((len(spread), len(dms)), np.int64)
    # The DMs ascend, so a new row begins where the delay is another than that of the DM before.
    np.cumsum(np.diff(np.rint(dms * spread[:, np.newaxis])) > 0, axis=1, out=row[:, 1:])
    ends = np.cumsum(row[:, -1] + 1)
    row[1:] += ends[:-1, np.newaxis]
    rows = np.bincount(row.ravel(), np.tile(dms, len(spread))) / np.bincount(row.ravel())
    return [rows[first:end] for first, end in pairwise([0, *ends.tolist()])], row.T


class _UnroundedStage(NamedTuple):
    """A `RadixStage` before its shifts are whole numbers from 0 on."""

    source: NDArray[np.int64]
    delay_samples: NDArray[np.float64]
    """By how much the mean of each input row is later than the reference of the output row, shape [nrows, radix]."""
    first_row: NDArray[np.int64]


def _plan_stage(
    rows_of_nodes: list[NDArray[np.float64]], delay_per_dm: NDArray[np.float64], radix: int, *, is_root: bool
) -> tuple[_UnroundedStage, list[NDArray[np.float64]]]:
    """Plan one stage from the DMs of the rows its nodes make; return it with the DMs of the rows of their children.

    `delay_per_dm` is the delay of each channel in samples per unit DM. Rows of the root refer to the top of the band, those
    of other nodes to the mean delay of their channels, so that errors stay small on both sides.
    """
    bands = delay_per_dm.reshape(len(rows_of_nodes), radix, -1)
    rows_of_children: list[NDArray[np.float64]] = []
    sources, delays, nrows = [], [], 0
    for dms, band in zip(rows_of_nodes, bands, strict=True):
        reference = band[0, 0] if is_root else band.mean()
        rows, row = _rows_of_children(dms, band[:, -1] - band[:, 0])
        sources.append(nrows + row)
        nrows += sum(map(len, rows))
        rows_of_children += rows
        delays.append(dms[:, None] * (band.mean(axis=1) - reference))
    first_row = np.cumsum([0] + [len(dms) for dms in rows_of_nodes]).astype(np.int64)
    return _UnroundedStage(np.concatenate(sources), np.concatenate(delays), first_row), rows_of_children


def _round_shifts(planned: list[_UnroundedStage], nchans: int) -> list[RadixStage]:
    """Round the shifts of all stages, the first one first; they may be negative."""
    stages, late = [], np.zeros(nchans)
    for source, delay_samples, first_row in planned:
        shift = round_together(delay_samples - late[source])
        late = (late[source] + shift).mean(axis=1)
        stages.append(RadixStage(source, shift, first_row))
    return stages


def _with_late_rows(stages: list[RadixStage]) -> tuple[list[RadixStage], int]:
    """Let every row begin as late as its uses allow; return the stages with shifts from 0 on, and the lead of the first."""
    stages = list(stages)
    for i in range(len(stages) - 1, 0, -1):
        later, earlier = stages[i], stages[i - 1]
        base = np.full(len(earlier.source), np.iinfo(np.int64).max)
        np.minimum.at(base, later.source, later.shift)
        stages[i] = replace(later, shift=later.shift - base[later.source])
        stages[i - 1] = replace(earlier, shift=earlier.shift + base[:, None])
    lead = -min(int(stages[0].shift.min()), 0)
    stages[0] = replace(stages[0], shift=stages[0].shift + lead)
    return stages, lead


def make_radix_plan(
    chan_freqs_mhz: NDArray[np.float64], tsamp: float, dm_trials: NDArray[np.float64], radices: tuple[int, ...] | None = None
) -> RadixPlan:
    """Plan the stages for a band and a list of DMs.

    Parameters
    ----------
    chan_freqs_mhz
        Centres of the channels in MHz, descending, shape [nchans].
    tsamp
        Sampling time of the series in s.
    dm_trials
        DMs in pc cm^-3, ascending, shape [ntrials].
    radices
        Rows added in each stage; None chooses them.

    Returns
    -------
    RadixPlan
        Its `delays` differ from the exact ones by less than a sample a stage, and by half a sample at most on average over
        the channels, which moves the whole series.
    """
    samples_per_dm = DISPERSION_CONSTANT / tsamp
    inverse_square = chan_freqs_mhz**-2.0
    if radices is None:
        spread = samples_per_dm * (inverse_square[-1] - inverse_square[0]) * (dm_trials[-1] - dm_trials[0])
        radices = choose_radices(len(chan_freqs_mhz), spread, len(dm_trials))
    nchans = math.prod(radices)
    # Dead channels go on below the band, so that their nodes have delays like those of their neighbours.
    inverse_square = np.pad(inverse_square, (0, nchans - len(inverse_square)), mode="reflect", reflect_type="odd")

    # From the root down: the rows of a node and the DM each stands for decide which rows its children must offer.
    rows_of_nodes = [np.asarray(dm_trials, np.float64)]
    planned: list[_UnroundedStage] = []
    for radix in reversed(radices):
        stage, rows_of_nodes = _plan_stage(rows_of_nodes, samples_per_dm * inverse_square, radix, is_root=not planned)
        planned.append(stage)
    stages, lead = _with_late_rows(_round_shifts(planned[::-1], nchans))
    return RadixPlan(np.asarray(dm_trials, np.float64), nchans, lead, tuple(stages))
