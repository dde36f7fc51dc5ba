"""Complex Fourier transform of rows ``[re 8 | im 8]`` in cache: Stockham passes of radix 8, 5, 4, 3 and 2.

A pass of radix r takes transforms of length n = r m to transforms of length m:
``y[r p + k] = w_n^(p k) sum_j w_r^(j k) x[p + m j]`` with ``w_n = exp(-2 pi i / n)``. After the last pass the elements are
in natural order, so there is no digit reversal (Stockham autosort; Van Loan 1992, Computational Frameworks for the Fast
Fourier Transform, section 1.7). An element is a group of neighbouring rows that are treated alike: columns of
transforms done together and, after the first pass, the results of earlier passes.

All passes take flat float32 arrays: `x`, the source; `twiddles`, cosine and sine of ``w_n^(p k)`` for k = 1 to r - 1, one p
after the other; and last `y`, the target, overwritten, apart from `x`. With one butterfly and `width` equal to `stride` it
may be `x`, since the places written are those read. `m` is the number of butterflies, `width` the values of one element (16
a row), `stride` the distance of neighbouring elements of `x` in values.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import inlined, kernel
from fastpipe_kernels.lanes import load8, splat8, store8

_COS8 = math.sqrt(0.5)
_SIN3 = math.sqrt(0.75)
_COS5_1, _COS5_2 = math.cos(2 * math.pi / 5), math.cos(4 * math.pi / 5)
_SIN5_1, _SIN5_2 = math.sin(2 * math.pi / 5), math.sin(4 * math.pi / 5)


@inlined
def _store_turned(y: NDArray[np.float32], position: int, re: Any, im: Any, cos: Any, sin: Any) -> None:
    """Store one row times a twiddle factor."""
    store8(y, position, re * cos - im * sin)
    store8(y, position + 8, re * sin + im * cos)


@inlined
def butterfly4(ar: Any, ai: Any, br: Any, bi: Any, cr: Any, ci: Any, dr: Any, di: Any) -> Any:
    """Transform four rows; returns four pairs of real and imaginary part."""
    er, ei, fr, fi = ar + cr, ai + ci, ar - cr, ai - ci
    gr, gi, hr, hi = br + dr, bi + di, br - dr, bi - di
    return er + gr, ei + gi, fr + hi, fi - hr, er - gr, ei - gi, fr - hi, fi + hr


@inlined
def _load_butterfly4(x: NDArray[np.float32], i: int, step: int) -> Any:
    """Load four rows `step` values apart and transform them."""
    j, k, n = i + step, i + 2 * step, i + 3 * step
    return butterfly4(
        load8(x, i),
        load8(x, i + 8),
        load8(x, j),
        load8(x, j + 8),
        load8(x, k),
        load8(x, k + 8),
        load8(x, n),
        load8(x, n + 8),
    )


@inlined
def _butterfly8(x: NDArray[np.float32], i: int, step: int) -> Any:
    """Load eight rows `step` values apart and transform them; returns eight pairs of real and imaginary part."""
    cos = splat8(_COS8)
    ar, ai, br, bi, cr, ci, dr, di = _load_butterfly4(x, i, 2 * step)
    er, ei, fr, fi, gr, gi, hr, hi = _load_butterfly4(x, i + step, 2 * step)
    fr, fi = (fr + fi) * cos, (fi - fr) * cos
    hr, hi = (hr - hi) * cos, (hr + hi) * cos
    low = (ar + er, ai + ei), (br + fr, bi + fi), (cr + gi, ci - gr), (dr - hr, di - hi)
    high = (ar - er, ai - ei), (br - fr, bi - fi), (cr - gi, ci + gr), (dr + hr, di + hi)
    return low, high


@kernel
def pass2(
    x: NDArray[np.float32], twiddles: NDArray[np.float32], m: int, width: int, stride: int, y: NDArray[np.float32]
) -> None:
    """Do one pass of radix 2 (parameters: see the module)."""
    for p in range(m):
        c1, s1 = splat8(twiddles[2 * p]), splat8(twiddles[2 * p + 1])
        for q in range(0, width, 16):
            i, j, o = p * stride + q, (p + m) * stride + q, 2 * p * width + q
            ar, ai, br, bi = load8(x, i), load8(x, i + 8), load8(x, j), load8(x, j + 8)
            store8(y, o, ar + br)
            store8(y, o + 8, ai + bi)
            _store_turned(y, o + width, ar - br, ai - bi, c1, s1)


@kernel
def pass3(
    x: NDArray[np.float32], twiddles: NDArray[np.float32], m: int, width: int, stride: int, y: NDArray[np.float32]
) -> None:
    """Do one pass of radix 3 (parameters: see the module)."""
    half, sin3 = splat8(0.5), splat8(_SIN3)
    for p in range(m):
        t = 4 * p
        c1, s1, c2, s2 = splat8(twiddles[t]), splat8(twiddles[t + 1]), splat8(twiddles[t + 2]), splat8(twiddles[t + 3])
        for q in range(0, width, 16):
            i, o = p * stride + q, 3 * p * width + q
            j, k = i + m * stride, i + 2 * m * stride
            ar, ai, br, bi, cr, ci = load8(x, i), load8(x, i + 8), load8(x, j), load8(x, j + 8), load8(x, k), load8(x, k + 8)
            er, ei = br + cr, bi + ci
            fr, fi = (br - cr) * sin3, (bi - ci) * sin3
            gr, gi = ar - er * half, ai - ei * half
            store8(y, o, ar + er)
            store8(y, o + 8, ai + ei)
            _store_turned(y, o + width, gr + fi, gi - fr, c1, s1)
            _store_turned(y, o + 2 * width, gr - fi, gi + fr, c2, s2)


@kernel
def pass4(
    x: NDArray[np.float32], twiddles: NDArray[np.float32], m: int, width: int, stride: int, y: NDArray[np.float32]
) -> None:
    """Do one pass of radix 4 (parameters: see the module)."""
    quarter = m * stride
    for p in range(m):
        w = twiddles[6 * p : 6 * p + 6]
        c1, s1, c2, s2, c3, s3 = splat8(w[0]), splat8(w[1]), splat8(w[2]), splat8(w[3]), splat8(w[4]), splat8(w[5])
        for q in range(0, width, 16):
            a, o = p * stride + q, 4 * p * width + q
            zr, zi, er, ei, fr, fi, gr, gi = _load_butterfly4(x, a, quarter)
            store8(y, o, zr)
            store8(y, o + 8, zi)
            _store_turned(y, o + width, er, ei, c1, s1)
            _store_turned(y, o + 2 * width, fr, fi, c2, s2)
            _store_turned(y, o + 3 * width, gr, gi, c3, s3)


@kernel
def pass5(
    x: NDArray[np.float32], twiddles: NDArray[np.float32], m: int, width: int, stride: int, y: NDArray[np.float32]
) -> None:
    """Do one pass of radix 5 (parameters: see the module)."""
    cos1, cos2, sin1, sin2 = splat8(_COS5_1), splat8(_COS5_2), splat8(_SIN5_1), splat8(_SIN5_2)
    fifth = m * stride
    for p in range(m):
        w = twiddles[8 * p : 8 * p + 8]
        for q in range(0, width, 16):
            a, o = p * stride + q, 5 * p * width + q
            b, c, d, e = a + fifth, a + 2 * fifth, a + 3 * fifth, a + 4 * fifth
            ar, ai = load8(x, a), load8(x, a + 8)
            br, bi = load8(x, b) + load8(x, e), load8(x, b + 8) + load8(x, e + 8)
            cr, ci = load8(x, c) + load8(x, d), load8(x, c + 8) + load8(x, d + 8)
            dr, di = load8(x, c) - load8(x, d), load8(x, c + 8) - load8(x, d + 8)
            er, ei = load8(x, b) - load8(x, e), load8(x, b + 8) - load8(x, e + 8)
            fr, fi = ar + br * cos1 + cr * cos2, ai + bi * cos1 + ci * cos2
            gr, gi = ar + br * cos2 + cr * cos1, ai + bi * cos2 + ci * cos1
            hr, hi = er * sin1 + dr * sin2, ei * sin1 + di * sin2
            kr, ki = er * sin2 - dr * sin1, ei * sin2 - di * sin1
            store8(y, o, ar + br + cr)
            store8(y, o + 8, ai + bi + ci)
            _store_turned(y, o + width, fr + hi, fi - hr, splat8(w[0]), splat8(w[1]))
            _store_turned(y, o + 2 * width, gr + ki, gi - kr, splat8(w[2]), splat8(w[3]))
            _store_turned(y, o + 3 * width, gr - ki, gi + kr, splat8(w[4]), splat8(w[5]))
            _store_turned(y, o + 4 * width, fr - hi, fi + hr, splat8(w[6]), splat8(w[7]))


@kernel
def pass8(
    x: NDArray[np.float32], twiddles: NDArray[np.float32], m: int, width: int, stride: int, y: NDArray[np.float32]
) -> None:
    """Do one pass of radix 8 (parameters: see the module)."""
    for p in range(m):
        w = twiddles[14 * p : 14 * p + 14]
        for q in range(0, width, 16):
            low, high = _butterfly8(x, p * stride + q, m * stride)
            o, half = 8 * p * width + q, (8 * p + 4) * width + q
            store8(y, o, low[0][0])
            store8(y, o + 8, low[0][1])
            _store_turned(y, o + width, low[1][0], low[1][1], splat8(w[0]), splat8(w[1]))
            _store_turned(y, o + 2 * width, low[2][0], low[2][1], splat8(w[2]), splat8(w[3]))
            _store_turned(y, o + 3 * width, low[3][0], low[3][1], splat8(w[4]), splat8(w[5]))
            _store_turned(y, half, high[0][0], high[0][1], splat8(w[6]), splat8(w[7]))
            _store_turned(y, half + width, high[1][0], high[1][1], splat8(w[8]), splat8(w[9]))
            _store_turned(y, half + 2 * width, high[2][0], high[2][1], splat8(w[10]), splat8(w[11]))
            _store_turned(y, half + 3 * width, high[3][0], high[3][1], splat8(w[12]), splat8(w[13]))


@kernel
def last_pass8(x: NDArray[np.float32], width: int, stride: int, y: NDArray[np.float32]) -> None:
    """Do one pass of radix 8 with one butterfly, whose twiddle factors are 1 (parameters: see the module)."""
    for q in range(0, width, 16):
        low, high = _butterfly8(x, q, stride)
        for k in range(4):
            store8(y, q + k * width, low[k][0])
            store8(y, q + k * width + 8, low[k][1])
            store8(y, q + (k + 4) * width, high[k][0])
            store8(y, q + (k + 4) * width + 8, high[k][1])


@kernel
def transform(
    x: NDArray[np.float32],
    radices: NDArray[np.int64],
    twiddles: NDArray[np.float32],
    width: int,
    stride: int,
    work: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Transform groups of rows in cache: as many passes as there are radices, ``out[k] = sum_j exp(-2 pi i j k / n) x[j]``.

    The last pass, with one butterfly for each place, works in place in `out`: two arrays rather than three share the cache.

    Parameters: `x` float32, flat, not changed; `radices` int64 [npasses], product n, each 2, 3, 4, 5 or 8; `twiddles`
    float32, flat, those of all passes; `width` values of one element, a multiple of 16; `stride` values between elements of
    `x`; `work` and `out` float32, flat, n * width values each, overwritten, `out` with the result.

    Cost: about 5 n log2(n) operations a complex value of width; 128 bytes moved a row and pass, in cache.
    """
    n = 1
    for radix in radices:
        n *= radix
    if n == 1:
        out[:width] = x[:width]
    source, first, last = x, 0, radices.size - 1
    for number in range(radices.size):
        radix = radices[number]
        target = out if number == last or (last - number) % 2 else work
        n //= radix
        factors = twiddles[first:]
        if radix == 8 and n == 1:
            last_pass8(source, width, stride, target)
        elif radix == 8:
            pass8(source, factors, n, width, stride, target)
        elif radix == 4:
            pass4(source, factors, n, width, stride, target)
        elif radix == 5:
            pass5(source, factors, n, width, stride, target)
        elif radix == 3:
            pass3(source, factors, n, width, stride, target)
        else:
            pass2(source, factors, n, width, stride, target)
        first += 2 * n * (radix - 1)
        width *= radix
        stride = width
        source = target
