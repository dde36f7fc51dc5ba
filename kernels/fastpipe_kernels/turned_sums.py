"""Sums of turned harmonics: over rows at every angle of a grid, and over the cells of a cube with their derivatives."""

from typing import Any

import numpy as np

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.lanes import LANES, load16, splat16, store16

VALUE, SLOPE, BEND = range(3)
"""Rows of what `sum_cells` finds."""


@kernel
def sum_turned(values: Any, ramps: Any, turned: Any, sums: Any) -> None:
    """Sum rows at every point of a grid: ``sums[k, a, d] = sum over i of values[k, a, i] ramps[i, d]^(k + 1)``.

    Real and imaginary parts lie apart: `values` float32 ``[nharm, na, ni, 2]``; `ramps` float32 ``[nd / 16, ni, 2, 16]``, of
    modulus 1; `turned` float32 ``[ni, 2, 16]`` is scratch; `sums` float32 ``[nharm, na, nd / 16, 2, 16]``, overwritten.
    Costs four multiplications and additions a value and point.
    """
    nharm, na, ni, _ = values.shape
    for block in range(len(ramps)):
        turned[:] = ramps[block]
        for k in range(nharm):
            for a in range(na):
                real, imag = splat16(np.float32(0)), splat16(np.float32(0))
                for i in range(ni):
                    ramp_real, ramp_imag = load16(turned, 2 * LANES * i), load16(turned, 2 * LANES * i + LANES)
                    value_real, value_imag = splat16(values[k, a, i, 0]), splat16(values[k, a, i, 1])
                    real = real + (ramp_real * value_real - ramp_imag * value_imag)
                    imag = imag + (ramp_real * value_imag + ramp_imag * value_real)
                target = 2 * LANES * ((k * na + a) * len(ramps) + block)
                store16(sums, target, real)
                store16(sums, target + LANES, imag)
            for i in range(ni):
                place, first = 2 * LANES * i, 2 * LANES * (block * ni + i)
                real, imag = load16(turned, place), load16(turned, place + LANES)
                by_real, by_imag = load16(ramps, first), load16(ramps, first + LANES)
                store16(turned, place, real * by_real - imag * by_imag)
                store16(turned, place + LANES, real * by_imag + imag * by_real)


@kernel
def sum_cells(harmonics: Any, ramps: Any, weights: Any, turned: Any, cells: Any) -> None:
    """Sum the turned harmonics of each cell: ``weights[0] Re z``, ``weights[1] Im z`` and ``weights[2] Re z`` over k.

    ``z = harmonics[k, i] ramps[i]^(k + 1)``. `harmonics` complex128 ``[nharm or more, ncells]``; `ramps` float64
    ``[2, ncells]``, real and imaginary part of numbers of modulus 1; `weights` float64 ``[3, nharm]``; `turned` float64
    ``[2, ncells]`` is scratch; `cells` float64 ``[3, ncells]``, overwritten. Costs eleven multiplications and additions a
    value.
    """
    turned[:] = ramps
    cells[:] = 0.0
    for k in range(weights.shape[1]):
        of_value, of_slope, of_bend = weights[:, k]
        row = harmonics[k]
        for i in range(cells.shape[1]):
            real, imag = turned[0, i], turned[1, i]
            of_real = row[i].real * real - row[i].imag * imag
            cells[VALUE, i] += of_value * of_real
            cells[SLOPE, i] += of_slope * (row[i].real * imag + row[i].imag * real)
            cells[BEND, i] += of_bend * of_real
            turned[0, i] = real * ramps[0, i] - imag * ramps[1, i]
            turned[1, i] = real * ramps[1, i] + imag * ramps[0, i]


@kernel
def sum_profile(harmonics: Any, ramps: Any, turned: Any, profile: Any) -> None:
    """Sum the turned harmonics of all cells: ``profile[k] = sum over i of harmonics[k, i] ramps[i]^(k + 1)``.

    `harmonics` complex128 ``[nharm, ncells]``; `ramps` float64 ``[2, ncells]``, real and imaginary part of numbers of
    modulus 1; `turned` float64 ``[2, ncells]`` is scratch; `profile` complex128 ``[nharm]``, overwritten. Costs eight
    multiplications and additions a value.
    """
    turned[:] = ramps
    for k in range(profile.size):
        row = harmonics[k]
        sum_real, sum_imag = 0.0, 0.0
        for i in range(ramps.shape[1]):
            real, imag = turned[0, i], turned[1, i]
            sum_real += row[i].real * real - row[i].imag * imag
            sum_imag += row[i].real * imag + row[i].imag * real
            turned[0, i] = real * ramps[0, i] - imag * ramps[1, i]
            turned[1, i] = real * ramps[1, i] + imag * ramps[0, i]
        profile[k] = complex(sum_real, sum_imag)
