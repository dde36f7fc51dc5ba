"""Every channel sample is folded once, at the right phase, whatever the chunks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.boxcar_match import match_boxcars
from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_counts import coarse_timeline, count_samples
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import FoldPlan, plan_fold
from fastpipe.algorithms.fold_resolution import FoldSpec, make_fold_spec
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.algorithms.rotation import rotate
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.presence import presence_of_all, presence_of_mask
from fastpipe.data.recording import Chunk
from fastpipe.dispersion import dm_delay_s
from fastpipe.errors import ConfigError
from tests.random_masks import random_mask
from tests.references.folding import downsample_by_definition, fold_by_definition, pulse_phase
from tests.references.presence import presence_by_definition


def make_geometry(nsamples: int = 700, nchans: int = 37, tsamp: float = 1e-3) -> FoldGeometry:
    good = np.ones(nchans, bool)
    good[3:5] = nchans <= 5
    return FoldGeometry(nsamples, tsamp, np.linspace(1450.0, 1050.0, nchans), good)


def make_spec(**changes: Any) -> FoldSpec:
    values: dict[str, Any] = {"freq_hz": 17.3, "fdot_hz_s": 0.01, "dm": 60.0, "nbins": 16, "nsubbands": 18, "nsubints": 5}
    return FoldSpec(**(values | changes))


def fold_in_chunks(data: NDArray[Any], plans: list[FoldPlan], chunk_samples: int) -> list[NDArray[np.float64]]:
    sums = [empty_sums(plan) for plan in plans]
    for start in range(0, plans[0].geometry.nsamples, chunk_samples):
        partials = fold_chunk(data[:, start : start + chunk_samples], start, plans)
        for total, partial, plan in zip(sums, partials, plans, strict=True):
            add_partial(total, partial, plan)
    return sums


def as_cube(sums: NDArray[np.float64], spec: FoldSpec) -> NDArray[np.float64]:
    return sums.reshape(spec.nsubbands, spec.nsubints, spec.nbins).transpose(1, 0, 2)


def subbands_of_channels(plan: FoldPlan) -> NDArray[np.int64]:
    result = np.full(len(plan.delay_samples), -1)
    for subband, channels in enumerate(plan.subband_channels):
        result[channels] = subband
    return result


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    chunk_samples=st.integers(1, 800),
    dm=st.sampled_from([0.0, 10.0, 300.0, 4000.0]),
    nsubbands=st.sampled_from([1, 18, 37]),
)
def test_sums_and_counts_are_those_of_the_definition(seed: int, chunk_samples: int, dm: float, nsubbands: int) -> None:
    geometry = make_geometry(nsamples=300)
    specs = [
        make_spec(dm=dm, nsubbands=nsubbands),
        make_spec(dm=dm / 3, freq_hz=3.1, nbins=21, nsubints=1, nsubbands=nsubbands),
    ]
    plans = [plan_fold(spec, geometry) for spec in specs]
    data = np.random.default_rng(seed).integers(0, 256, (40, geometry.nsamples), np.uint8)
    for sums, plan in zip(fold_in_chunks(data, plans, max(chunk_samples, 30)), plans, strict=True):
        where = subbands_of_channels(plan)
        expected_sums, expected_counts = fold_by_definition(data[:37], plan.delay_samples, where, plan.spec, geometry.tsamp)
        np.testing.assert_array_equal(as_cube(sums, plan.spec), expected_sums)
        (counts,) = count_samples(plan, [presence_of_all(geometry.nsamples, 37)])
        np.testing.assert_array_equal(counts, expected_counts)
        assert counts.sum() == geometry.nsamples * geometry.good_channels.sum()


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    # Even, so that no sample has its middle at the epoch, where rounding decides between the first and the last bin.
    nsamples=st.integers(15, 4500).map(lambda half: 2 * half),
    interval_samples=st.integers(5, 500),
    dm=st.sampled_from([0.0, 10.0, 4000.0]),
    nsubbands=st.sampled_from([1, 18, 37]),
)
def test_only_what_is_there_is_counted(seed: int, nsamples: int, interval_samples: int, dm: float, nsubbands: int) -> None:
    rng = np.random.default_rng(seed)
    geometry = make_geometry(nsamples=nsamples)
    mask, gaps = random_mask(rng, nsamples, 37, interval_samples), (Chunk(nsamples // 3, nsamples // 2),)
    presence = presence_of_mask(mask, gaps, is_ascending=True)
    plan = plan_fold(make_spec(dm=dm, nsubbands=nsubbands), replace(geometry, presence=presence))
    present = presence_by_definition(mask, gaps, is_ascending=True)
    data = np.where(present, rng.integers(0, 256, present.shape), 128).astype(np.uint8)
    sums, counts = fold_by_definition(
        data - 128.0, plan.delay_samples, subbands_of_channels(plan), plan.spec, geometry.tsamp, present
    )
    np.testing.assert_array_equal(count_samples(plan, [presence])[0], counts)
    cube = finish_cube(fold_in_chunks(data, [plan], 5000)[0], plan)
    np.testing.assert_array_equal(cube.counts, counts)
    total = counts.sum(axis=2, keepdims=True)
    expected = sums - counts * np.divide(sums.sum(axis=2, keepdims=True), total, out=np.zeros_like(total), where=total > 0)
    turned = rotate(expected, -plan.spec.freq_hz * plan.late_s[None, :])
    np.testing.assert_allclose(cube.cube, turned, atol=1e-3 * max(np.abs(turned).max(), 1.0))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nruns=st.integers(1, 60), dm=st.sampled_from([0.0, 30.0, 300.0]))
def test_lower_time_resolution_is_that_of_added_samples(seed: int, nruns: int, dm: float) -> None:
    geometry = make_geometry(nsamples=800)
    plans = [plan_fold(make_spec(dm=dm + 5 * k, downsample=16 >> 2 * k), geometry) for k in (0, 1, 2)]
    data = np.random.default_rng(seed).integers(0, 256, (37, geometry.nsamples), np.uint8)
    for sums, plan in zip(fold_in_chunks(data, plans, 16 * nruns), plans, strict=True):
        downsample = plan.spec.downsample
        added = downsample_by_definition(data, downsample)
        where, tsamp = subbands_of_channels(plan), downsample * geometry.tsamp
        expected, _ = fold_by_definition(added, plan.delay_samples, where, plan.spec, tsamp)
        np.testing.assert_array_equal(as_cube(sums, plan.spec), expected)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nsamples=st.integers(100, 3000), interval_samples=st.integers(5, 500))
def test_parts_of_added_samples_are_counted(seed: int, nsamples: int, interval_samples: int) -> None:
    rng = np.random.default_rng(seed)
    mask, gaps = random_mask(rng, nsamples, 37, interval_samples), (Chunk(nsamples // 3, nsamples // 2),)
    presence = presence_of_mask(mask, gaps, is_ascending=False)
    present = presence_by_definition(mask, gaps, is_ascending=False)
    for downsample in (4, 16):
        plan = plan_fold(make_spec(downsample=downsample), replace(make_geometry(nsamples=nsamples), presence=presence))
        fraction = (
            np.pad(present.astype(float), ((0, 0), (0, -nsamples % downsample))).reshape(37, -1, downsample).sum(axis=2)
        )
        timeline = coarse_timeline(presence, downsample)
        stretch = np.searchsorted(timeline.starts, np.arange(plan.nsamples), side="right") - 1
        np.testing.assert_array_equal(timeline.present[timeline.states[stretch]].T, fraction)
        (counts,) = count_samples(plan, [presence])
        assert counts.sum() == present[geometry_channels(plan)].sum()
        data = np.where(present, 130, 128).astype(np.uint8)
        cube = finish_cube(fold_in_chunks(data, [plan], 640)[0], plan)
        # A level that is the same in all that is there leaves nothing but the rounding of halves.
        assert np.all(np.abs(cube.cube) <= 2.0 * np.sqrt(downsample) * np.maximum(counts, 1.0))


def geometry_channels(plan: FoldPlan) -> NDArray[np.intp]:
    return np.concatenate(plan.subband_channels)


def test_chunks_of_broken_samples_are_refused() -> None:
    plan = plan_fold(make_spec(downsample=16), make_geometry())
    with pytest.raises(ValueError, match=r"samples 40 to 100, expected whole runs of 16"):
        fold_chunk(np.zeros((37, 60), np.uint8), 40, [plan])


def test_lower_time_resolution_keeps_the_snr() -> None:
    """A pulse two bins wide, at four samples a bin: what adding and coarser delays take of it."""
    geometry = FoldGeometry(2**17, 1e-4, np.linspace(1450.0, 1050.0, 64), np.ones(64, bool))
    fine = make_fold_spec(1.0321, 0.0, 20.0, geometry, nbins_max=128)
    assert fine.downsample == 16
    heights = {}
    for downsample in (1, 4, 16):
        spec = replace(fine, downsample=downsample)
        cube = fold_pulse(plan_fold(spec, geometry), amplitude=20.0, width=2.0 / 128 / 2.355, chunk_samples=2**14)
        profile = cube.cube.sum(axis=(0, 1), dtype=float) / np.sqrt(cube.counts.sum(axis=(0, 1)))
        heights[downsample] = float(match_boxcars(profile).snr)
    assert heights[16] == pytest.approx(heights[1], rel=0.005)
    assert heights[4] == pytest.approx(heights[1], rel=0.003)


def test_last_sample_is_used() -> None:
    geometry = make_geometry()
    plan = plan_fold(make_spec(), geometry)
    data = np.zeros((37, geometry.nsamples), np.uint8)
    data[:, -1] = 1
    assert fold_in_chunks(data, [plan], 64)[0].sum() == geometry.good_channels.sum()


def test_series_is_folded_to_the_same_bits_for_any_chunk_length() -> None:
    geometry = FoldGeometry(5000, 1e-3, np.array([1400.0]), np.ones(1, bool), noise_std=3.0, is_series=True)
    plan = plan_fold(make_spec(nsubbands=1), geometry)
    data = np.random.default_rng(5).normal(0, 3, (1, 5000)).astype(np.float32)
    whole = fold_in_chunks(data, [plan], 5000)[0]
    np.testing.assert_array_equal(fold_in_chunks(data, [plan], 77)[0], whole)
    expected, _ = fold_by_definition(data, np.zeros(1), np.zeros(1, int), plan.spec, geometry.tsamp)
    np.testing.assert_allclose(as_cube(whole, plan.spec) * geometry.series_step, expected, atol=0.01)


def fold_pulse(plan: FoldPlan, amplitude: float = 60.0, width: float = 0.06, chunk_samples: int = 999) -> FoldedCube:
    """Fold a noiseless Gaussian pulse at phase 0.5 that has the plan's frequency and DM exactly."""
    geometry, spec = plan.geometry, plan.spec
    delay = dm_delay_s(spec.dm, geometry.chan_freqs_mhz, geometry.reference_mhz)
    time = (np.arange(geometry.nsamples) + 0.5) * geometry.tsamp
    phase = pulse_phase(time[None, :] - delay[:, None], spec.freq_hz, spec.fdot_hz_s, geometry.tobs_s / 2) % 1.0
    data = np.rint(128 + amplitude * np.exp(-0.5 * ((phase - 0.5) / width) ** 2)).astype(np.uint8)
    return finish_cube(fold_in_chunks(data, [plan], chunk_samples)[0], plan)


def test_pulse_is_at_its_phase_in_every_subband() -> None:
    geometry = make_geometry(nsamples=20_000)
    cube = fold_pulse(plan_fold(make_spec(nbins=32, nsubints=4, dm=200.0), geometry))
    first_harmonic = np.fft.rfft(cube.cube.sum(axis=0))[:, 1]
    # The middle of bin 0 is half a bin after phase 0.
    late = -np.angle(first_harmonic * np.exp(2j * np.pi * (0.5 - 0.5 / 32))) / (2 * np.pi)
    assert np.abs(late[np.abs(first_harmonic) > 0]).max() < 0.005


def test_pulse_matches_the_fold_at_exact_phases() -> None:
    geometry = make_geometry(nsamples=20_000)
    plan = plan_fold(make_spec(nbins=16, nsubints=4, dm=35.0), geometry)
    cube = fold_pulse(plan)
    delay = dm_delay_s(35.0, geometry.chan_freqs_mhz, geometry.reference_mhz)
    data = np.zeros((37, 20_000))
    time = (np.arange(20_000) + 0.5) * geometry.tsamp
    phase = pulse_phase(time[None, :] - delay[:, None], 17.3, 0.01, geometry.tobs_s / 2) % 1.0
    data[:] = 60.0 * np.exp(-0.5 * ((phase - 0.5) / 0.06) ** 2)
    sums, counts = fold_by_definition(data, delay / geometry.tsamp, subbands_of_channels(plan), plan.spec, geometry.tsamp)
    exact = sums.sum((0, 1)) / counts.sum((0, 1))
    found = cube.cube.sum((0, 1)) / cube.counts.sum((0, 1))
    np.testing.assert_allclose(found, exact - exact.mean(), atol=0.02 * np.ptp(exact))


def test_sums_of_a_subint_have_no_mean() -> None:
    cube = fold_pulse(plan_fold(make_spec(), make_geometry(nsamples=4000)))
    np.testing.assert_allclose(cube.cube.sum(axis=2), 0.0, atol=0.2)
    assert np.all(np.diff(cube.subband_freqs_mhz) < 0)
    np.testing.assert_allclose(cube.subint_mid_s, [-1.6, -0.8, 0.0, 0.8, 1.6])


def test_resolution_follows_the_data() -> None:
    geometry = make_geometry(nsamples=2**16, nchans=1024, tsamp=64e-6)
    assert make_fold_spec(499.3, 0.0, 10.0, geometry).nbins == 32
    assert make_fold_spec(2.0, 0.0, 10.0, geometry).nsubints == 4
    assert make_fold_spec(0.01, 0.0, 10.0, geometry).nsubints == 1
    assert make_fold_spec(100.0, 0.0, 1000.0, geometry).nbins < make_fold_spec(100.0, 0.0, 10.0, geometry).nbins
    with pytest.raises(ConfigError, match="at least 2"):
        make_fold_spec(10_000.0, 0.0, 10.0, geometry)


@pytest.mark.parametrize("samples", [2.0, 3.0, 7.0, 20.0, 20.5, 33.3333333, 63.9999, 64.0, 100.0 / 3.0, np.pi * 10.0])
@pytest.mark.parametrize("tsamp", [64e-6, 1e-3])
def test_no_bin_of_a_fast_pulsar_stays_empty(samples: float, tsamp: float) -> None:
    geometry = make_geometry(nsamples=2**16, nchans=5, tsamp=tsamp)
    spec = make_fold_spec(1.0 / (samples * tsamp), 0.0, 0.0, geometry)
    (counts,) = count_samples(plan_fold(spec, geometry), [presence_of_all(geometry.nsamples, 5)])
    assert spec.nbins > max(samples - 2.0, 3.0)
    # Four bins are needed for one harmonic, whatever the samples.
    assert counts.min() > 0 or samples < 4.0


def test_bins_of_a_fast_pulsar_are_no_wider_than_samples() -> None:
    geometry = make_geometry(nsamples=2**16, tsamp=64e-6)
    for samples in (20.37, 40.71, 70.19):
        assert make_fold_spec(1.0 / (samples * 64e-6), 0.0, 0.0, geometry).nbins >= samples


def test_too_few_subbands_are_refused() -> None:
    with pytest.raises(ConfigError, match="256 channels"):
        plan_fold(make_spec(nsubbands=2), make_geometry(nchans=1024))


def test_no_candidates() -> None:
    assert fold_chunk(np.zeros((4, 100), np.uint8), 0, []) == []
