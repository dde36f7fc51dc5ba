"""Kernels of the refinement against their definitions: matched pulses, turned sums, residuals and medians."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.profile_snr import pulse_harmonics, pulse_widths
from fastpipe_kernels.fold_noise import column_medians, middle_values, pulse_residuals
from fastpipe_kernels.pulse_matching import match_pulses
from fastpipe_kernels.turned_sums import sum_cells, sum_profile, sum_turned
from tests.references.refinement import match_by_transforms, residuals_of, sum_turned_rows

LANES = 16
SEEDS = st.integers(0, 2**32 - 1)


def _complex(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, nprofiles=st.sampled_from([1, 15, 16, 17, 33]), nbins=st.sampled_from([4, 9, 16, 21]))
def test_best_pulse_is_that_of_transforms(seed: int, nprofiles: int, nbins: int) -> None:
    rng = np.random.default_rng(seed)
    nharm, widths = (nbins - 1) // 2, pulse_widths(nbins)
    pulses = [np.sqrt(2.0) * pulse_harmonics(width, nbins) for width in widths]
    orders, phase = np.arange(1, nharm + 1), rng.random((nprofiles, 1))
    harmonics = _complex(rng, nprofiles, nharm) + 5.0 * np.exp(-orders / 3 - 2j * np.pi * orders * phase)
    places = [round(4.0 / width) for width in widths]
    shapes, waves = np.zeros((len(places), nharm), np.float32), np.zeros((len(places), 2, max(places)), np.float32)
    for number, (pulse, count) in enumerate(zip(pulses, places, strict=True)):
        shapes[number, : len(pulse)] = pulse
        angles = 2.0 * np.pi * np.arange(count) / count
        waves[number, :, :count] = np.cos(angles), np.sin(angles)
    counts = np.array([(len(pulse), count) for pulse, count in zip(pulses, places, strict=True)])
    scratch, best = np.full((4 * nharm + 4 + max(places), LANES), np.nan, np.float32), np.empty((3, nprofiles))
    match_pulses(np.ascontiguousarray(harmonics.T), shapes, waves, counts, scratch, best)
    expected = match_by_transforms(harmonics, pulses, places)
    np.testing.assert_allclose(best[0], expected[0], rtol=1e-4)
    # Of two pulses that match equally well either may be found.
    is_same = best[1] == expected[1]
    assert np.count_nonzero(~is_same) <= 1
    distance = (best[2] - expected[2] + 0.5) % 1.0 - 0.5
    np.testing.assert_allclose(distance[is_same], 0.0, atol=1e-3)


def test_no_profiles_match_nothing() -> None:
    match_pulses(
        np.empty((2, 0), np.complex128),
        np.ones((1, 2), np.float32),
        np.ones((1, 2, 8), np.float32),
        np.array([[2, 8]]),
        np.empty((20, LANES), np.float32),
        np.empty((3, 0)),
    )


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, nharm=st.integers(1, 9), na=st.integers(1, 3), ni=st.integers(0, 7), nblocks=st.integers(1, 3))
def test_turned_sums_are_those_of_powers(seed: int, nharm: int, na: int, ni: int, nblocks: int) -> None:
    rng = np.random.default_rng(seed)
    values, ramps = _complex(rng, nharm, na, ni), np.exp(2j * np.pi * rng.random((ni, nblocks * LANES)))
    pairs = np.stack((values.real, values.imag), axis=-1).astype(np.float32)
    lanes = np.stack((ramps.real, ramps.imag), axis=1).reshape(ni, 2, nblocks, LANES).transpose(2, 0, 1, 3)
    sums = np.full((nharm, na, nblocks, 2, LANES), np.nan, np.float32)
    sum_turned(pairs, np.ascontiguousarray(lanes, np.float32), np.empty((ni, 2, LANES), np.float32), sums)
    found = (sums[:, :, :, 0] + 1j * sums[:, :, :, 1]).reshape(nharm, na, -1)
    np.testing.assert_allclose(found, sum_turned_rows(values, ramps), atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, nharm=st.integers(1, 9), nused=st.integers(1, 9), ncells=st.integers(1, 40))
def test_sums_over_cells_are_those_of_powers(seed: int, nharm: int, nused: int, ncells: int) -> None:
    rng = np.random.default_rng(seed)
    nused = min(nused, nharm)
    harmonics, ramps = _complex(rng, nharm, ncells), np.exp(2j * np.pi * rng.random(ncells))
    turned = harmonics * ramps ** np.arange(1, nharm + 1)[:, None]
    pairs, weights = np.stack((ramps.real, ramps.imag)), rng.standard_normal((3, nused))
    cells, profile = np.full((3, ncells), np.nan), np.full(nharm, np.nan, np.complex128)
    sum_cells(harmonics, pairs, weights, np.empty_like(pairs), cells)
    parts = turned[:nused].real, turned[:nused].imag, turned[:nused].real
    np.testing.assert_allclose(cells, [of @ part for of, part in zip(weights, parts, strict=True)], atol=1e-10)
    sum_profile(harmonics, pairs, np.empty_like(pairs), profile)
    np.testing.assert_allclose(profile, turned.sum(axis=1), atol=1e-10)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, n=st.integers(2, 5), m=st.integers(1, 3), nbins=st.integers(2, 9))
def test_residuals_are_as_defined(seed: int, n: int, m: int, nbins: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, (n, m, nbins)).astype(np.float64)
    sums, pulse = rng.standard_normal(counts.shape) * (counts > 0), rng.standard_normal((m, nbins))
    total = counts.sum(axis=0)
    of_row = counts.sum(axis=2)
    total[total == 0], of_row[of_row == 0] = np.inf, np.inf
    residuals = np.full(counts.shape, 7.0, np.float32)
    ntelling = pulse_residuals(sums.astype(np.float32), counts.astype(np.float32), of_row, pulse, total, 0.3, residuals)
    np.testing.assert_allclose(residuals, residuals_of(sums, counts, pulse, 0.3), rtol=1e-3, atol=1e-4)
    assert ntelling == np.count_nonzero(~np.isnan(residuals))


@pytest.mark.parametrize("kind", ["noise", "equal", "far apart", "signed zeros"])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 257, 1000])
def test_middle_values_are_those_of_sorted_ones(n: int, kind: str) -> None:
    rng = np.random.default_rng(n)
    values = {
        "noise": rng.standard_normal(n),
        "equal": np.full(n, -3.5),
        "far apart": np.sign(np.arange(n) - (n - 1) / 2) * 10.0 ** rng.uniform(-30, 30, n),
        "signed zeros": np.where(rng.random(n) < 0.5, 0.0, -0.0),
    }[kind].astype(np.float32)
    middle = np.empty(2, np.float32)
    middle_values(values, np.empty(2**16, np.int32), middle)
    np.testing.assert_array_equal(middle, np.sort(values)[[(n - 1) // 2, n // 2]])


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 40), ncolumns=st.integers(0, 35))
def test_column_medians_leave_out_what_is_missing(seed: int, n: int, ncolumns: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n, ncolumns)).astype(np.float32)
    values[rng.random(values.shape) < 0.3] = np.inf
    counts = np.isfinite(values).sum(axis=0)
    medians = np.full(ncolumns, np.nan)
    column_medians(values, counts, np.zeros((n, LANES), np.float32), medians)
    columns = [column[np.isfinite(column)] for column in values.T.astype(np.float64)]
    expected = [np.median(column) if len(column) else 0.0 for column in columns]
    np.testing.assert_allclose(medians, expected, rtol=1e-6)
