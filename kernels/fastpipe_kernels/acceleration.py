"""Powers of 8 spectra over frequency and drift: matched filters in the Fourier domain, by overlap and save.

A filter is applied to a stretch of L bins as a product with the filter's transform and a transform back (Ransom, Eikenberry
& Middleditch 2002, AJ 124, 1788, section 4.2). Each filter comes twice, for bins and for half bins. Their transforms
begin with one pass that leaves 8 parts of m = L / 4 rows: row k of part u is the half bin 8 k + u of the stretch.

A plane is what one filter gives: powers at one value of the drift. Only every other plane is filtered: that between two
has the power of the sum of their amplitudes, scaled so that noise has mean power 1.

A search has several stretches, one for each fraction of the highest harmonic. Their tables and memory lie in the flat
arrays of one `FilterBank` and one working space, at the offsets of `Column`.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.fft_passes import butterfly4, transform
from fastpipe_kernels.lanes import load8, splat8, store8

PARTS = 8
"""Parts of a plane: 4 of bins and 4 of half bins."""
SCRATCH_PARTS = PARTS + 3
"""Parts of working space for what happens to one stretch at a time."""
SPACING = 80
"""Values between the parts of a plane: at distances of a power of two they would share the same few places of the cache."""


class Column(IntEnum):
    """Columns of the layout of a filter bank; offsets count the values of flat arrays."""

    PART_ROWS = 0
    """m, rows of a part; the stretch has 4 m."""
    NRADICES = 1
    """Number of radices of a transform of 4 m."""
    NPART_RADICES = 2
    """Number of radices of a transform of m."""
    TWIDDLES = 3
    """Offset of the twiddle factors of a transform of 4 m."""
    PART_TWIDDLES = 4
    """Offset of the twiddle factors of a transform of m."""
    TURNS = 5
    """Offset of cosine and sine of ``exp(-2 pi i p s / 4 m)``, [m, 3, 2], s = 1 to 3."""
    FILTERS = 6
    """Offset of the filters, conjugate transforms [nfilters, m, 4, 2, 2]: row p + m j, bins or half bins, re or im."""
    GAINS = 7
    """Offset of the gains between a filter and the one before it, [nfilters, 2], for bins and half bins."""
    STRETCH = 8
    """Offset in the working space of the conjugate transform of the stretch, [4 m, 16], rows ``[re 8 | im 8]``."""
    AMPLITUDES = 9
    """Offset in the working space of the amplitudes of the last filtered plane, [8, m, 16]."""
    POWERS = 10
    """Offset in the working space of the powers of the plane before the last filtered one, and of that one."""
    PLANE_VALUES = 11
    """Values between these two."""
    MIDDLE = 12
    """Number of the filter without drift."""


class FilterBank(NamedTuple):
    """Tables of all filters of a search, shared by all threads."""

    layout: NDArray[np.int64]
    """One row for each fraction of the highest harmonic, columns as in `Column`."""
    radices: NDArray[np.int64]
    """Radices of the transforms of 4 m and of m, shape [nfractions, 2, most radices]."""
    twiddles: NDArray[np.float32]
    """Twiddle factors and turns, flat."""
    filters: NDArray[np.float32]
    """Filters, flat."""
    gains: NDArray[np.float32]
    """Gains, flat."""


_PART_ROWS, _NRADICES, _NPART_RADICES = int(Column.PART_ROWS), int(Column.NRADICES), int(Column.NPART_RADICES)
_TWIDDLES, _PART_TWIDDLES, _TURNS = int(Column.TWIDDLES), int(Column.PART_TWIDDLES), int(Column.TURNS)
_FILTERS, _GAINS, _STRETCH = int(Column.FILTERS), int(Column.GAINS), int(Column.STRETCH)
_AMPLITUDES, _POWERS, _PLANE_VALUES = int(Column.AMPLITUDES), int(Column.POWERS), int(Column.PLANE_VALUES)


@kernel
def load_stretch(
    spectra: NDArray[np.float32], first_bin: int, lane: int, bank: FilterBank, fraction: int, work: NDArray[np.float32]
) -> None:
    """Store the conjugate transform of the stretch of spectrum from `first_bin` on, with zeros beyond its ends.

    Parameters: `spectra` float32 [nbins, 2, 16]; `lane` 0 or 8, first of the 8 lanes; `fraction`, row of the layout; `work`
    float32, flat, with scratch first, changed.

    Cost: 5 L log2 L operations a lane.
    """
    layout = bank.layout[fraction]
    nvalues = 64 * layout[_PART_ROWS]
    rows, passing, stretch = work, work[nvalues:], work[layout[_STRETCH] :]
    for i in range(4 * layout[_PART_ROWS]):
        k = first_bin + i
        if 0 <= k < spectra.shape[0]:
            store8(rows, 16 * i, load8(spectra, 32 * k + lane))
            store8(rows, 16 * i + 8, load8(spectra, 32 * k + 16 + lane))
        else:
            store8(rows, 16 * i, splat8(0.0))
            store8(rows, 16 * i + 8, splat8(0.0))
    radices = bank.radices[fraction, 0, : layout[_NRADICES]]
    transform(rows, radices, bank.twiddles[layout[_TWIDDLES] :], 16, 16, passing, stretch)
    minus = splat8(-1.0)
    for position in range(8, nvalues, 16):
        store8(stretch, position, load8(stretch, position) * minus)


@inlined
def _store_turned(y: NDArray[np.float32], position: int, re: Any, im: Any, turns: NDArray[np.float32], turn: int) -> None:
    cos, sin = splat8(turns[turn]), splat8(turns[turn + 1])
    store8(y, position, re * cos - im * sin)
    store8(y, position + 8, re * sin + im * cos)


@kernel
def _first_pass(
    stretch: NDArray[np.float32], filters: NDArray[np.float32], turns: NDArray[np.float32], m: int, y: NDArray[np.float32]
) -> None:
    """Multiply a stretch by a filter for bins and half bins, and do the radix-4 pass that leaves 8 parts of m rows."""
    part, out = 16 * m, 16 * m + SPACING
    for p in range(m):
        a = 16 * p
        b, c, d = a + part, a + 2 * part, a + 3 * part
        ar, ai, br, bi = load8(stretch, a), load8(stretch, a + 8), load8(stretch, b), load8(stretch, b + 8)
        cr, ci, dr, di = load8(stretch, c), load8(stretch, c + 8), load8(stretch, d), load8(stretch, d + 8)
        for half in range(2):
            f = a + 2 * half
            fr, fi = splat8(filters[f]), splat8(filters[f + 1])
            gr, gi = splat8(filters[f + 4]), splat8(filters[f + 5])
            hr, hi = splat8(filters[f + 8]), splat8(filters[f + 9])
            kr, ki = splat8(filters[f + 12]), splat8(filters[f + 13])
            zr, zi, er, ei, sr, si, tr, ti = butterfly4(
                ar * fr - ai * fi, ar * fi + ai * fr, br * gr - bi * gi, br * gi + bi * gr,
                cr * hr - ci * hi, cr * hi + ci * hr, dr * kr - di * ki, dr * ki + di * kr,
            )  # fmt: skip
            o = a + half * out
            store8(y, o, zr)
            store8(y, o + 8, zi)
            _store_turned(y, o + 2 * out, er, ei, turns, 6 * p)
            _store_turned(y, o + 4 * out, sr, si, turns, 6 * p + 2)
            _store_turned(y, o + 6 * out, tr, ti, turns, 6 * p + 4)


@inlined
def _store_powers(new: Any, last: Any, position: int, gain: Any, powers: Any, between: int, here: int) -> None:
    """Store the powers of one row in the new plane and in that between it and the last, and keep the new amplitude."""
    re, im = load8(new, position), load8(new, position + 8)
    between_re, between_im = re + load8(last, position), im + load8(last, position + 8)
    store8(powers, between, (between_re * between_re + between_im * between_im) * gain)
    store8(powers, here, re * re + im * im)
    store8(last, position, re)
    store8(last, position + 8, im)


@kernel
def filter_plane(number: int, span: Any, bank: FilterBank, fraction: int, work: NDArray[np.float32]) -> None:
    """Apply filter `number` to a stretch; store the powers of its plane and of that between it and the one before.

    The plane between is right if the filter before it was the last that was applied to this stretch.

    Parameters: `span` integers, half bins of the stretch before the first that is wanted (an even number), and number of
    half bins wanted; `fraction`, row of the layout; `work` float32, flat, with scratch first, changed.

    Cost: 10 L log2 L operations of the transforms and 28 L others a lane; 300 bytes moved a bin, in cache.
    """
    layout = bank.layout[fraction]
    m, stride, gain = layout[_PART_ROWS], layout[_PLANE_VALUES], layout[_GAINS] + 2 * number
    part = 16 * m
    powers, amplitudes = work[layout[_POWERS] :], work[layout[_AMPLITUDES] :]
    filters = bank.filters[layout[_FILTERS] + part * number :]
    _first_pass(work[layout[_STRETCH] :], filters, bank.twiddles[layout[_TURNS] :], m, work)
    radices = bank.radices[fraction, 1, : layout[_NPART_RADICES]]
    twiddles = bank.twiddles[layout[_PART_TWIDDLES] :]
    spaced = part + SPACING
    new, half_new, passing = work[PARTS * spaced :], work[(PARTS + 1) * spaced :], work[(PARTS + 2) * spaced :]
    bins_gain, half_gain = splat8(bank.gains[gain]), splat8(bank.gains[gain + 1])
    for u in range(0, PARTS, 2):
        transform(work[u * spaced :], radices, twiddles, 16, 16, passing, new)
        transform(work[(u + 1) * spaced :], radices, twiddles, 16, 16, passing, half_new)
        last, half_last = amplitudes[u * part :], amplitudes[(u + 1) * part :]
        first = max(0, (span[0] - u + PARTS - 1) // PARTS)
        stop = min(m, (span[0] + span[1] - u + PARTS - 1) // PARTS)
        for k in range(first, stop):
            o = 8 * (PARTS * k + u - span[0])
            _store_powers(new, last, 16 * k, bins_gain, powers, o, o + stride)
            _store_powers(half_new, half_last, 16 * k, half_gain, powers, o + 8, o + 8 + stride)
