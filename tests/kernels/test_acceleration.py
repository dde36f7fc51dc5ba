"""Planes of matched filters: against direct correlation, and in noise."""

import math

import numpy as np
import pytest
from numba import config

from fastpipe.algorithms.acceleration_filters import SIDE_BINS, FilterPlan, make_filters, plan_filters
from fastpipe_kernels._jit import kernel
from fastpipe_kernels.acceleration import Column, filter_plane, load_stretch
from fastpipe_kernels.lanes import load8, splat8
from fastpipe_kernels.wide_lanes import greater_bits8
from tests.references import acceleration as reference

LANES = 16


def _planes(
    spectra: np.ndarray, filters: FilterPlan, number: int, first_bin: int, lane: int, fraction: int = 0
) -> np.ndarray:
    """Powers of the plane between filters `number` - 1 and `number` and of the last, shape [2, half bins, 8]."""
    work = np.full(filters.work_values, np.nan, np.float32)
    bank, layout = filters.bank(make_filters(filters)), filters.layout[fraction]
    span = np.array([0, 8 * layout[Column.PART_ROWS]])
    load_stretch(spectra, first_bin, lane, bank, fraction, work)
    for each in (number - 1, number):
        filter_plane(each, span, bank, fraction, work)
    count = layout[Column.PLANE_VALUES]
    return work[layout[Column.POWERS] :][: 2 * count].reshape(2, -1, 8).copy()


def _noise(nbins: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((nbins, 2, LANES), dtype=np.float32) * np.float32(math.sqrt(0.5))


@pytest.mark.parametrize("length", [64, 80])
@pytest.mark.parametrize("number", [1, 4, 6])
@pytest.mark.parametrize(("first_bin", "lane"), [(20, 0), (-13, 8), (150, 8)])
def test_planes_equal_direct_correlation(length: int, number: int, first_bin: int, lane: int) -> None:
    filters, nbins = plan_filters(6, 1, length), 180
    spectra = _noise(nbins)
    step = 2 * (number - int(filters.layout[0, Column.MIDDLE]))
    between, here = _planes(spectra, filters, number, first_bin, lane)
    spectrum = spectra[:, 0, lane + 3].astype(np.float64) + 1j * spectra[:, 1, lane + 3]
    reach = 6 + SIDE_BINS
    rows = range(2 * (first_bin + reach), 2 * (first_bin + length - reach))
    expected = reference.plane(spectrum, rows, range(step - 1, step + 1), SIDE_BINS)
    for row in rows:
        index = row - 2 * first_bin
        assert here[index, 3] == pytest.approx(expected[row, step], rel=1e-3, abs=1e-4)
        assert between[index, 3] == pytest.approx(expected[row, step - 1], rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("fraction", [0, 1, 3])
def test_powers_of_noise_are_exponential_with_mean_one(fraction: int) -> None:
    filters = plan_filters(24, 4, 256)
    length = 4 * int(filters.layout[fraction, Column.PART_ROWS])
    nblocks = 2 if config.DISABLE_JIT else 20
    spectra = _noise(nblocks * length)
    numbers = (1, int(filters.layout[fraction, Column.MIDDLE]), 2 * int(filters.layout[fraction, Column.MIDDLE]))
    powers = np.concatenate(
        [
            _planes(spectra, filters, number, k * length, lane, fraction)
            for number in numbers
            for k in range(nblocks)
            for lane in (0, 8)
        ],
        axis=2,
    )
    wanted = powers[:, 100:-100]
    for plane in (0, 1):
        for half in (0, 1):
            values = wanted[plane, half::2].ravel()
            # Neighbours share noise: some 3 values are as good as one that is independent.
            assert values.mean() == pytest.approx(1.0, abs=5 * math.sqrt(3 / values.size))
            for level in (0.1, 1.0, 3.0, 5.0):
                probability = math.exp(-level)
                tolerance = 5 * math.sqrt(3 * probability / values.size)
                assert (values > level).mean() == pytest.approx(probability, abs=tolerance)


@kernel
def _bits(values: np.ndarray, other: float) -> int:
    return greater_bits8(load8(values, 1), splat8(other))


def test_bits_of_a_comparison_of_8_lanes() -> None:
    values = np.array([9, 1, 5, 2, 7, np.nan, 3, np.inf, -1, 9], np.float32)
    assert _bits(values, 2.5) == 0b01101010
