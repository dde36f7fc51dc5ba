"""Fourier transform of a lane block: 16 real series at once, in two steps that each stay in cache."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import LANES
from fastpipe.errors import ConfigError
from fastpipe_kernels.four_step import transform_columns
from fastpipe_kernels.real_spectra import transform_rows

_MAX_IN_CACHE = 4096
"""Longest transform done in one step: 4096 rows of 64 bytes are a quarter of a typical second-level cache."""

_TOGETHER_BYTES = 1 << 18
"""Bytes of columns or rows that go through the passes together: with their working space half of a second-level cache."""

_TOGETHER = (4, 8)
"""Least and most columns or rows that go together: shorter runs of cache lines are slow, longer ones gain nothing."""


@dataclass(frozen=True, slots=True)
class TransformPlan:
    """Tables of the transform of one length, read-only and shared by all threads."""

    nrows: int
    """N1, length of the transforms of columns; 1 where the whole transform fits in cache."""
    length: int
    """N2, length of the transforms of rows."""
    column_passes: tuple[NDArray[np.int64], NDArray[np.float32]]
    """Radices and twiddle factors of the columns."""
    row_passes: tuple[NDArray[np.int64], NDArray[np.float32]]
    """Radices and twiddle factors of the rows."""
    fine: NDArray[np.float32]
    """Cosine and sine of the twiddle factors between the steps for small angles, shape [nfine, 2]."""
    coarse: NDArray[np.float32]
    """The same in steps of nfine angles."""
    columns_together: int
    """Columns done together."""
    rows_together: int
    """Rows done together."""

    @property
    def scratch_values(self) -> int:
        """Number of float32 values of the working space."""
        columns = 2 * self.nrows * self.columns_together
        return LANES * max(columns, (2 * self.rows_together + 1) * self.length)


def next_fft_length(nsamples: int) -> int:
    """Return the shortest efficient length of a transform that holds a series.

    Parameters
    ----------
    nsamples
        Length of the series in samples, at least 1.

    Returns
    -------
    int
        Smallest even number of the form 2^a 3^b 5^c that is not below `nsamples`.

    Raises
    ------
    ConfigError
        If `nsamples` is not positive.

    Examples
    --------
    >>> next_fft_length(1001), next_fft_length(6_103_515)
    (1024, 6144000)
    """
    if nsamples < 1:
        raise ConfigError(f"found a series of {nsamples} samples, expected at least 1; give the length of the series")
    best = 1 << max(1, (nsamples - 1).bit_length())
    fives = 2
    while fives < best:
        odd = fives
        while odd < best:
            needed = -(-nsamples // odd)
            best = min(best, odd << (needed - 1).bit_length())
            odd *= 3
        fives *= 5
    return best


def factors_235(length: int) -> list[int]:
    """Split a length into the radices of its passes: 2, 3, 5, 4 and then as many 8 as there are.

    A pass of radix 8 costs little more than one of radix 4, and least where it comes last.

    Raises
    ------
    ConfigError
        If the length has a prime factor other than 2, 3 and 5.

    Examples
    --------
    >>> factors_235(960), factors_235(1024)
    ([3, 5, 8, 8], [4, 4, 8, 8])
    """
    rest, twos = length, 0
    while rest % 2 == 0 and rest > 1:
        rest //= 2
        twos += 1
    # 2^(3i+1) with two fours rather than a two and one more eight, where there are enough twos.
    nfours = min(-twos % 3, twos // 2)
    radices = [8] * ((twos - 2 * nfours) // 3) + [4] * nfours + [2] * ((twos - 2 * nfours) % 3)
    for radix in (5, 3):
        while rest % radix == 0:
            radices.append(radix)
            rest //= radix
    if rest != 1:
        raise ConfigError(f"found a transform of {length} samples, expected a product of 2, 3 and 5; use next_fft_length")
    return radices[::-1]


@cache
def transform_plan(length: int) -> TransformPlan:
    """Make the tables of the transform of one length.

    Parameters
    ----------
    length
        Length of the series in samples, a product of 2, 3 and 5.

    Returns
    -------
    TransformPlan
        The tables, about 24 bytes for every square root of the length; made once in a process.

    Raises
    ------
    ConfigError
        If the length has a prime factor other than 2, 3 and 5.
    """
    factors_235(length)
    nrows = 1 if length <= _MAX_IN_CACHE else max(n for n in range(1, math.isqrt(length) + 1) if length % n == 0)
    nfine = 1 << (length.bit_length() // 2)
    return TransformPlan(
        nrows=nrows,
        length=length // nrows,
        column_passes=transform_passes(nrows),
        row_passes=transform_passes(length // nrows),
        fine=_unit_circle(np.arange(nfine), length),
        coarse=_unit_circle(nfine * np.arange(-(-length // nfine)), length),
        columns_together=_together(nrows),
        rows_together=_together(length // nrows),
    )


def real_spectra(
    block: NDArray[np.float32], out: NDArray[np.float32] | None = None, scratch: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Compute the spectra of the 16 real series of a lane block.

    Lanes i and i + 8 share one complex series, so about 1e-7 of the amplitude of one is found in the spectrum of the other.
    Memory: 64 bytes a sample for the block, 64 for the spectra, and less than 4 MiB of working space.

    Parameters
    ----------
    block
        Series side by side, shape [nsamples, 16], C order; nsamples a product of 2, 3 and 5. **It is overwritten.**
    out
        Where to put the spectra, C order; made anew by default.
    scratch
        Working space of at least ``transform_plan(nsamples).scratch_values`` values; made anew by default.

    Returns
    -------
    ndarray
        Spectra ``sum_t exp(-2 pi i k t / nsamples) x[t]``, real parts and imaginary parts of the lanes, shape
        [nsamples // 2 + 1, 2, 16].

    Raises
    ------
    ConfigError
        If the block, the output or the working space has the wrong shape, type or order, or the length has a prime factor
        other than 2, 3 and 5.

    References
    ----------
    Bailey 1990, J. Supercomputing 4, 23 (four-step transform).

    Examples
    --------
    >>> block = np.zeros((8, 16), np.float32)
    >>> block[:, 3] = np.cos(2 * np.pi * 2 * np.arange(8) / 8)
    >>> abs(real_spectra(block)[:, 0, 3]).round(3).tolist()
    [0.0, 0.0, 4.0, 0.0, 0.0]
    """
    check_lane_block(block)
    nsamples = block.shape[0]
    plan = transform_plan(nsamples)
    shape = (nsamples // 2 + 1, 2, LANES)
    spectra = np.empty(shape, np.float32) if out is None else out
    work = np.empty(plan.scratch_values, np.float32) if scratch is None else scratch
    if spectra.shape != shape or work.size < plan.scratch_values:
        raise ConfigError(
            f"found an output of shape {spectra.shape} and {work.size} values of working space for {nsamples} samples, "
            f"expected {shape} and {plan.scratch_values}; leave them out to have them made"
        )
    matrix = block.reshape(plan.nrows, plan.length, LANES)
    if plan.nrows > 1:
        transform_columns(matrix, *plan.column_passes, plan.fine, plan.coarse, plan.columns_together, work)
    transform_rows(matrix, *plan.row_passes, plan.rows_together, work, spectra)
    return spectra


def spectra_workspace_bytes(nfft: int) -> int:
    """Return the bytes of the arrays that the spectra of a block of `nfft` rows and their transform need."""
    return 4 * (_spectrum_values(nfft) + transform_plan(nfft).scratch_values)


def working_arrays(nfft: int, workspace: NDArray[np.uint8] | None = None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cut the arrays for `real_spectra` out of given memory.

    Parameters
    ----------
    nfft
        Rows of the block.
    workspace
        uint8 of shape [at least ``spectra_workspace_bytes(nfft)``], aligned to 4 bytes; made anew by default.

    Returns
    -------
    tuple of ndarray
        For the spectra, shape [nfft // 2 + 1, 2, 16], and for the transform, shape [scratch_values].

    Raises
    ------
    ConfigError
        If the memory is not as described.
    """
    nbytes = spectra_workspace_bytes(nfft)
    memory = np.empty(nbytes, np.uint8) if workspace is None else workspace
    if memory.dtype != np.uint8 or memory.ndim != 1 or memory.size < nbytes:
        raise ConfigError(
            f"found working space of {memory.dtype} of shape {memory.shape} for a block of {nfft} rows, expected at least "
            f"{nbytes} of uint8; leave it out to have it made"
        )
    values, nspectra = memory[:nbytes].view(np.float32), _spectrum_values(nfft)
    return values[:nspectra].reshape(-1, 2, LANES), values[nspectra:]


def _spectrum_values(nfft: int) -> int:
    return (nfft // 2 + 1) * 2 * LANES


def check_lane_block(block: NDArray[np.float32]) -> None:
    """Refuse an array that the kernels would take for a lane block and read beyond its end.

    Raises
    ------
    ConfigError
        If it is not float32 of shape [nsamples, 16] in C order.
    """
    if block.dtype != np.float32 or block.ndim != 2 or block.shape[1] != LANES or not block.flags.c_contiguous:
        raise ConfigError(
            f"found a block of {block.dtype} of shape {block.shape}, "
            f"expected float32 [nsamples, {LANES}] in C order; convert it with numpy.ascontiguousarray"
        )


def _together(length: int) -> int:
    least, most = _TOGETHER
    return max(least, min(most, _TOGETHER_BYTES // (length * LANES * 4)))


def _unit_circle(turns: NDArray[np.int64], length: int) -> NDArray[np.float32]:
    """Return cosine and sine of ``exp(-2 pi i turns / length)`` as read-only [n, 2]."""
    angle = -2.0 * np.pi * (turns % length) / length
    table = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    table.flags.writeable = False
    return table


@cache
def transform_passes(length: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return radices and twiddle factors of a transform in one step, as `fastpipe_kernels.fft_passes.transform` takes them.

    Raises
    ------
    ConfigError
        If the length has a prime factor other than 2, 3 and 5.
    """
    radices = np.array(factors_235(length), np.int64)
    tables = [np.empty(0, np.float32)]
    rest = length
    for radix in radices.tolist():
        turns = np.outer(np.arange(rest // radix), np.arange(1, radix)).reshape(-1)
        tables.append(_unit_circle(turns, rest).reshape(-1))
        rest //= radix
    twiddles = np.concatenate(tables)
    radices.flags.writeable = False
    twiddles.flags.writeable = False
    return radices, twiddles
