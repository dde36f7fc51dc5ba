"""Resampling to barycentric time: against the definition, and what is left of signals and noise."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.algorithms.resampling import BarycentricGrid, barycentric_grid, resample
from fastpipe.algorithms.whitening import whiten
from fastpipe.constants import LANES
from fastpipe.errors import ConfigError
from tests.references.resampling import slow_linear, slow_nearest, slow_positions

TSAMP = 1e-3


def _nodes(tobs_s: float, velocity: float, bends_s: tuple[float, float], nnodes: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of a time that runs off by `velocity`, bent by up to `bends_s` as an arch and as a wave."""
    topocentric_s = np.linspace(-1.0, tobs_s + 1.0, nnodes)
    turn = topocentric_s / tobs_s
    return topocentric_s, topocentric_s * (1 - velocity) + bends_s[0] * np.sin(np.pi * turn) + bends_s[1] * np.sin(
        2 * np.pi * turn
    )


def _positions(grid: BarycentricGrid, nodes: tuple[np.ndarray, np.ndarray]) -> list[float]:
    topocentric_s, barycentric_s = nodes
    return slow_positions(
        lambda time: np.interp(time, barycentric_s, topocentric_s), grid.tsamp, TSAMP, grid.start_s, grid.nsamples
    )


@given(
    nsamples=st.integers(1, 300),
    velocity=st.floats(-1e-4, 1e-4),
    bends=st.tuples(st.floats(-5e-3, 5e-3), st.floats(-5e-3, 5e-3)),
    padding=st.integers(0, 20),
)
def test_series_equal_reference(nsamples: int, velocity: float, bends: tuple[float, float], padding: int) -> None:
    nodes = _nodes(0.3, velocity, bends)
    grid = barycentric_grid(*nodes, TSAMP, nsamples)
    block = np.zeros((nsamples + padding, LANES), np.float32)
    block[:nsamples] = np.random.default_rng(1).standard_normal((nsamples, LANES))
    source = block.copy()
    resample(block, grid)
    positions = _positions(grid, nodes)
    assert nsamples - 12 <= grid.nsamples <= nsamples
    assert max(positions) < nsamples - 1 + 1e-6
    if nsamples > 1:
        np.testing.assert_allclose(block[: grid.nsamples, 5], slow_linear(source[:, 5], positions), rtol=0, atol=1e-5)
    assert not block[grid.nsamples :].any()


def test_a_steady_clock_changes_nothing() -> None:
    grid = barycentric_grid(np.array([0.0, 60.0]), np.array([0.003, 60.009]), TSAMP, 59_000)
    block = np.random.default_rng(1).standard_normal((59_000, LANES), dtype=np.float32)
    expected = block.copy()
    resample(block, grid)
    np.testing.assert_allclose(block, expected, rtol=0, atol=1e-5)
    assert (grid.nsamples, grid.start_s, grid.tsamp) == (59_000, 0.003, pytest.approx(TSAMP * 1.0001, rel=1e-12))
    assert grid.drift_bins(500.0) < 1e-4


@pytest.mark.parametrize("bend_s", [-0.004, 0.004])
def test_a_pulse_is_where_its_barycentric_time_says(bend_s: float) -> None:
    nodes = _nodes(20.0, 9e-5, (bend_s, 0.0), 400)
    grid = barycentric_grid(*nodes, TSAMP, 20_001)
    block = np.zeros((20_001, LANES), np.float32)
    block[9_000] = 1.0
    resample(block, grid)
    row = float(np.average(np.arange(len(block)), weights=block[:, 0]))
    assert grid.start_s + row * grid.tsamp == pytest.approx(np.interp(9.0, *nodes), abs=1e-6)
    assert 3 < grid.departure_samples < 5
    assert grid.drift_bins(100.0) == pytest.approx(8 * 100 * 0.004, rel=0.02)


def _kept(
    freq: float, resampled: Callable[[np.ndarray], np.ndarray], nsamples: int, positions: np.ndarray
) -> tuple[float, float]:
    """Power that a sinusoid and white noise keep at a frequency, in cycles a sample."""
    row = round(freq * len(positions)) / len(positions)
    # The signal is a pure tone of the grid: its phase at a sample is that of the row which lies there.
    rows = np.interp(np.arange(nsamples), positions, np.arange(len(positions)))
    tone = resampled(np.exp(2j * np.pi * row * rows).real)
    expected = np.exp(-2j * np.pi * row * np.arange(len(positions)))
    signal = float(np.abs(tone @ expected) ** 2 / (len(positions) / 2) ** 2)
    noise = resampled(np.random.default_rng(3).standard_normal(nsamples))
    powers = np.abs(np.fft.rfft(noise)) ** 2 / len(positions)
    middle = round(row * len(positions))
    return signal, float(powers[middle - 700 : middle + 700].mean())


@pytest.mark.parametrize("freq", [0.05, 0.15, 0.25, 0.4])
def test_linear_keeps_more_than_nearest(freq: float) -> None:
    nsamples = 16_384
    grid = barycentric_grid(*_nodes(nsamples * TSAMP, 5e-5, (0.006, 0.0), 200), TSAMP, nsamples)
    positions = np.array(_positions(grid, _nodes(nsamples * TSAMP, 5e-5, (0.006, 0.0), 200)))

    def linear(series: np.ndarray) -> np.ndarray:
        block = np.repeat(series.astype(np.float32)[:, np.newaxis], LANES, axis=1)
        resample(block, grid)
        return block[: grid.nsamples, 0].astype(np.float64)

    signal, noise = _kept(freq, linear, nsamples, positions)
    # The arch of the shifts dwells on some positions between samples, which a mean over all does not.
    assert signal == pytest.approx(np.sinc(freq) ** 4, abs=0.05)
    assert noise == pytest.approx(1 - (1 - np.cos(2 * np.pi * freq)) / 3, abs=0.08)
    nearest = _kept(freq, lambda series: slow_nearest(series, positions.tolist()), nsamples, positions)
    assert nearest == (pytest.approx(np.sinc(freq) ** 2, abs=0.05), pytest.approx(1.0, abs=0.1))
    linear_theory = np.sinc(freq) ** 4 / (1 - (1 - np.cos(2 * np.pi * freq)) / 3)
    assert linear_theory > np.sinc(freq) ** 2


def test_half_a_bin_of_drift_loses_little() -> None:
    nsamples = 10_000
    nodes = _nodes(nsamples * TSAMP, 5e-5, (0.0, 0.0), 200)
    turn = nodes[0] / (nsamples * TSAMP)
    bent = nodes[0], nodes[1] + 1.25e-3 * turn * (1 - turn) * 4
    grid = barycentric_grid(*bent, TSAMP, nsamples)
    freq_hz = 50.0
    assert grid.drift_bins(freq_hz) == pytest.approx(0.5, rel=0.01)
    barycentric_s = np.interp(np.arange(nsamples) * TSAMP, *bent)
    tone = np.cos(2 * np.pi * freq_hz * barycentric_s)
    powers = [
        abs(tone @ np.exp(-2j * np.pi * trial * np.arange(nsamples) / nsamples)) for trial in np.linspace(-2, 2, 81) + 500
    ]
    assert (max(powers) / (nsamples / 2)) ** 2 == pytest.approx(0.986, abs=0.003)


@pytest.mark.parametrize("departure_samples", [0.4, 3.0])
def test_whitened_noise_stays_exponential(departure_samples: float) -> None:
    nsamples = 1 << 16
    times = np.linspace(0.0, nsamples, 500)
    turn = times / nsamples
    grid = barycentric_grid(times, times - 4 * departure_samples * turn * (1 - turn), 1.0, nsamples)
    block = np.random.default_rng(1).standard_normal((nsamples, LANES), dtype=np.float32)
    resample(block, grid)
    spectra = lane_spectra(block, nsamples)
    whiten(spectra)
    powers = (spectra**2).sum(axis=1)[1000:]
    fractions = [float((powers > power).mean()) for power in (1, 4, 7)]
    assert fractions == [
        pytest.approx(np.exp(-power), rel=tolerance) for power, tolerance in ((1, 0.01), (4, 0.03), (7, 0.15))
    ]


def test_times_that_do_not_cover_the_series_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"found barycentric times from 0 to 60 s, expected them from 0 to 60\.001 s"):
        barycentric_grid(np.array([0.0, 60.0]), np.array([0.0, 60.0]), TSAMP, 60_002)


def test_a_grid_for_a_longer_series_is_refused() -> None:
    grid = barycentric_grid(np.array([0.0, 60.0]), np.array([0.0, 60.0]), TSAMP, 1000)
    with pytest.raises(ConfigError, match="found a block of 999 rows, expected at least the 1000 of the grid"):
        resample(np.zeros((999, LANES), np.float32), grid)
