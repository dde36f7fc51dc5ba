"""Folding: channels into dedispersed sub-bands, and those into phase bins.

A sub-band is the sum of its channels, each read where its delay puts it, many samples at a time; its samples then go into
phase bins one by one. All sums are sums of integers, so their order does not matter.
"""

from typing import Any

import numpy as np

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.lanes import LANES, load16, load_u16, splat16, store16, store_u16

FOLD_STRIDE = 64
"""Sub-bands are summed in runs of this many samples."""

_TILE_RUNS = 8
"""Runs of one candidate after the other."""
_GROUP = 32
"""Channels that are added together: as long as a tile, they stay in the first-level cache for all candidates."""
_MAX_RECENT = 4 * 2**16
"""Samples of 16 bit in four sums of 32 bit."""


@kernel
def _add_run(channels: Any, offsets: Any, first: int, is_new: bool, row: Any) -> None:
    """Add 64 samples of some channels to those of a row, or begin it with them."""
    left = load_u16(channels, offsets[0] + first)
    right = load_u16(channels, offsets[0] + first + 32)
    for channel in range(1, offsets.size):
        position = offsets[channel] + first
        left = left + load_u16(channels, position)
        right = right + load_u16(channels, position + 32)
    if not is_new:
        left = left + load_u16(row, first)
        right = right + load_u16(row, first + 32)
    store_u16(row, first, left)
    store_u16(row, first + 32, right)


@kernel
def add_shifted_channels(channels: Any, offsets: Any, nruns: Any, rows: Any) -> None:
    """Add the channels of a sub-band for candidates: ``rows[i, u] = sum over c of channels.flat[offsets[i, c] + u]``.

    `channels` uint8, any shape; `offsets` int64 ``[n, nchans]``, 1 to 257 channels so that sums fit; `nruns` int64 ``[n]``:
    u runs from 0 to 64 times nruns; `rows` uint16 ``[n or more, nrows]``, of which that is overwritten. Costs one addition
    and one byte read a channel, sample and candidate.
    """
    longest = 0
    for i in range(nruns.size):
        longest = max(longest, nruns[i])
    for tile in range(0, longest, _TILE_RUNS):
        for group in range(0, offsets.shape[1], _GROUP):
            end = min(group + _GROUP, offsets.shape[1])
            for i in range(nruns.size):
                for run in range(tile, min(tile + _TILE_RUNS, nruns[i])):
                    _add_run(channels, offsets[i, group:end], FOLD_STRIDE * run, group == 0, rows[i])


@kernel
def place_channels(samples: Any, channels: Any, margin: int, rows: Any) -> None:
    """Copy channels between two margins of zeros: ``rows[i, margin + t] = samples[channels[i], t]``.

    `samples` uint8 ``[nchans, n]``; `channels` int64 ``[m]``; `rows` uint8 ``[m or more, n + 2 margin]``, of which the first
    m are overwritten. Costs 2 bytes read and written a sample.
    """
    nsamples = samples.shape[1]
    for i in range(channels.size):
        rows[i, :margin] = 0
        rows[i, margin + nsamples :] = 0
        source, target = samples[channels[i]], rows[i, margin : margin + nsamples]
        for t in range(nsamples):
            target[t] = source[t]


@kernel
def add_fours(samples: Any, sums: Any) -> None:
    """Add four clean samples into one with noise as large: ``sums[c, i] = 128 + (samples[c, 4 i] + ... - 512) / 2``.

    `samples` uint8 ``[nchans, n]``, of which the last i may lack some: they count as 128; `sums` uint8
    ``[nchans, ceil(n / 4)]``, overwritten. Halves are rounded up in odd rows and down in even ones, so that sums over
    channels have no offset. Costs about six operations and 1.25 bytes a sample.
    """
    nwhole = samples.shape[1] // 4
    for channel in range(samples.shape[0]):
        half = np.int32(channel % 2)
        for i in range(nwhole):
            total = np.int32(samples[channel, 4 * i]) + np.int32(samples[channel, 4 * i + 1])
            total += np.int32(samples[channel, 4 * i + 2]) + np.int32(samples[channel, 4 * i + 3])
            sums[channel, i] = min(max((total - np.int32(256) + half) >> 1, 0), 255)
        if sums.shape[1] > nwhole:
            total = np.int32(0)
            for i in range(4 * nwhole, 4 * nwhole + 4):
                total += np.int32(samples[channel, i]) if i < samples.shape[1] else np.int32(128)
            sums[channel, nwhole] = min(max((total - np.int32(256) + half) >> 1, 0), 255)


@kernel
def phase_bins(first: int, model: Any, nbins: int, bins: Any) -> None:
    """Phase bin of the middle of consecutive samples: ``floor(nbins * frac(f x + fdot x^2 / 2 + fddot x^3 / 6))``.

    `first` number of the first sample; `model` float64 ``[5]``: f in Hz, fdot in Hz s^-1, fddot in Hz s^-2, sampling time in
    s, epoch in s after the start of sample 0, from which x runs; `bins` int32 ``[n]``, overwritten. Every sample is computed
    from its own number, so its bin does not depend on where a chunk begins. Costs about twelve operations and 4 bytes a
    sample.
    """
    freq, half_fdot, sixth_fddot, tsamp, epoch = model[0], 0.5 * model[1], model[2] / 6.0, model[3], model[4]
    for i in range(bins.size):
        x = (np.float64(first + i) + 0.5) * tsamp - epoch
        turns = (freq + (half_fdot + sixth_fddot * x) * x) * x
        phase = turns - np.floor(turns)
        bins[i] = min(np.int32(phase * nbins), np.int32(nbins - 1))


@kernel
def fold_rows(rows: Any, nruns: Any, slots: Any, firsts: Any, edges: Any, recent: Any, sums: Any) -> None:
    """Add every sample of a sub-band to the sum of its slot: ``sums[edges[i] + slots[i, firsts[i] + u]] += rows[i, u]``.

    `rows` uint16 ``[n or more, nrows]`` and `nruns` int64 ``[n]`` as for `add_shifted_channels`; `slots` uint32 ``[n,
    nslots]``; `firsts` int64 ``[n]``; `edges` int64 ``[n + 1]``: where the sums of each candidate begin; `recent` uint32
    ``[4, nsums]``, with nsums those of the candidate with the most, is scratch; `sums` float64, flat, is added to. Four
    consecutive samples have sums of their own in `recent`, so that one addition need not wait for the one before. Costs an
    addition and 14 bytes read or written a sample.
    """
    for i in range(nruns.size):
        nsums = edges[i + 1] - edges[i]
        nsamples = FOLD_STRIDE * nruns[i]
        row, of_row, target = rows[i, :nsamples], slots[i, firsts[i] : firsts[i] + nsamples], sums[edges[i] : edges[i + 1]]
        for begin in range(0, nsamples, _MAX_RECENT):
            recent[:, :nsums] = 0
            # Unsigned indices need no look whether they count from the end, which would take half of the time.
            for four in range(begin // 4, min(begin + _MAX_RECENT, nsamples) // 4):
                u = np.uint64(4 * four)
                for k in range(4):
                    recent[k, of_row[u + np.uint64(k)]] += np.uint32(row[u + np.uint64(k)])
            for slot in range(nsums):
                total = np.float64(recent[0, slot]) + np.float64(recent[1, slot])
                target[slot] += total + np.float64(recent[2, slot]) + np.float64(recent[3, slot])


@kernel
def mark_changes(starts: Any, states: Any, present: Any, channels: Any, first: int, cursors: Any, changes: Any) -> int:
    """Write how many channels of each lane appear, less those that vanish, at consecutive samples of the top of the band.

    Stretch k of a recording begins at sample ``starts[k]``, int64 ``[n]``, ascending, and holds the channels
    ``present[states[k]]`` times, uint8 ``[nstates, nchans]``; before the first there are none. `channels` int64 ``[m, 3]``:
    channel, its lane, its delay in samples. `first` number of the first sample. `cursors` int64 ``[m]``: the first stretch
    of each channel that has not begun before `first`; moved on to the first that begins after `changes`. `changes` float32
    ``[nrows, 16]``, zero on entry. Returns how many channels changed. Costs a few operations a channel and stretch.
    """
    count = 0
    for i in range(channels.shape[0]):
        channel, lane = channels[i, 0], channels[i, 1]
        first_of_channel = first + channels[i, 2]
        k = cursors[i]
        while k < starts.size and starts[k] < first_of_channel + changes.shape[0]:
            step = np.int64(present[states[k], channel])
            if k > 0:
                step -= np.int64(present[states[k - 1], channel])
            if step != 0:
                changes[starts[k] - first_of_channel, lane] += np.float32(step)
                count += 1
            k += 1
        cursors[i] = k
    return count


@kernel
def count_rows(changes: Any, slots: Any, level: Any, recent: Any, sums: Any) -> None:
    """Add the number of channels that are present at every sample to the sum of its slot: ``sums[slots[t], b] += level[b]``.

    `changes` float32 ``[nrows, 16]`` from `mark_changes`, zero afterwards, with levels times nrows up to 2^25 so that
    float32 loses no bit; `slots` int32 ``[nrows]``; `level` float32 ``[16]``: channels present before the first row, moved
    on to the last; `recent` float32 ``[nslots, 2, 16]``, zero, is scratch; `sums` float64 ``[nslots, 16]`` is added to.
    Even and odd samples have sums of their own, so that one addition need not wait for the one before. Costs 32 additions
    and 64 bytes read and written a sample.
    """
    current, nothing = load16(level, 0), splat16(np.float32(0))
    for row in range(slots.size):
        current = current + load16(changes, LANES * row)
        store16(changes, LANES * row, nothing)
        position = LANES * (2 * np.int64(slots[row]) + row % 2)
        store16(recent, position, load16(recent, position) + current)
    store16(level, 0, current)
    for slot in range(sums.shape[0]):
        for lane in range(LANES):
            sums[slot, lane] += recent[slot, 0, lane] + recent[slot, 1, lane]
            recent[slot, 0, lane] = np.float32(0)
            recent[slot, 1, lane] = np.float32(0)
