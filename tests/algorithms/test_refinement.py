"""Refinement finds frequency, drift and DM, and knows how well."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from fastpipe.algorithms.cube_noise import normalised_profile
from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_features import measure_features
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.algorithms.fourier_cube import drift_grid, sum_over_band, to_fourier
from fastpipe.algorithms.likelihood_peak import Peak
from fastpipe.algorithms.profile_snr import match_profiles
from fastpipe.algorithms.refinement import pulse_times_s, refine, turn_cube
from fastpipe.algorithms.rotation import rotate
from fastpipe.dispersion import dm_delay_s
from tests.references.fold_cubes import make_cube, pulse_shape

TOBS_S = 60.0


def test_rotation_moves_a_smooth_pulse_by_any_fraction() -> None:
    moved = rotate(pulse_shape(64, 0.05, 0.3), 0.1234)
    np.testing.assert_allclose(moved, pulse_shape(64, 0.05, 0.4234), atol=1e-6)


def test_grid_sums_are_the_profiles_of_turned_cubes() -> None:
    cube = make_cube(np.random.default_rng(1), snr=20.0, shape=(8, 4, 33))
    fourier = to_fourier(cube, 16.0)
    sums = drift_grid(sum_over_band(fourier, 2.0), cube.subint_mid_s, np.array([0.0, 0.01]), np.array([0.0, 1e-3]))
    turned = turn_cube(cube, 0.01, 1e-3, 2.0)
    profile = np.fft.irfft(np.concatenate(([0.0], sums[:, 1, 1])), 33) * np.sqrt(33)
    np.testing.assert_allclose(profile, normalised_profile(turned, 16.0), atol=1e-4)
    assert (turned.freq_hz, turned.fdot_hz_s, turned.dm) == (5.01, 1e-3, 52.0)


def test_errors_cover() -> None:
    rng = np.random.default_rng(2)
    pulls = []
    for _ in range(40):
        freq, dm = rng.uniform(-0.5, 0.5) / TOBS_S, rng.uniform(-2.0, 2.0)
        found = refine(make_cube(rng, snr=20.0, freq_offset_hz=freq, dm_offset=dm))
        assert found.fdot_hz_s == 0.0
        pulls.append([(found.freq_hz - 5.0 - freq) / found.freq_err_hz, (found.dm - 50.0 - dm) / found.dm_err])
    spread = np.sqrt(np.mean(np.square(pulls), axis=0))
    assert np.all(spread > 0.7)
    assert np.all(spread < 1.35)


@pytest.mark.parametrize("snr", [8.0, 14.0, 60.0])
def test_errors_cover_from_faint_to_bright(snr: float) -> None:
    rng = np.random.default_rng(13)
    pulls = []
    for _ in range(50):
        freq, dm = rng.uniform(-0.3, 0.3) / TOBS_S, rng.uniform(-2.0, 2.0)
        found = refine(make_cube(rng, snr=snr, freq_offset_hz=freq, dm_offset=dm, shape=(32, 16, 64)))
        pulls.append([(found.freq_hz - 5.0 - freq) / found.freq_err_hz, (found.dm - 50.0 - dm) / found.dm_err])
    covered = np.mean(np.abs(pulls) < 1.0, axis=0)
    # 68 % are right, and 50 of them scatter by 6.6 %.
    assert np.all(covered > 0.5)
    assert np.all(covered < 0.86)


def test_pulse_times_are_those_of_the_pulses() -> None:
    cube = make_cube(np.random.default_rng(14), snr=50.0, shape=(12, 4, 64), freq_hz=0.7, tobs_s=30.0)
    peak = Peak(0.01, 1e-3, 0.0, (1.0, 1.0, 1.0), 50.0, 0.05, 0.4)
    times_s = np.linspace(-15.0, 15.0, 300_001)
    turns = 0.71 * times_s + 0.5e-3 * times_s**2 - (0.4 + 0.5 / 64)
    arrivals = times_s[1:][np.floor(turns[1:]) > np.floor(turns[:-1])]
    subints = np.floor((arrivals + 15.0) / 2.5).astype(int)
    expected = [arrivals[subints == k].mean() if np.any(subints == k) else cube.subint_mid_s[k] for k in range(12)]
    np.testing.assert_allclose(pulse_times_s(cube, peak), expected, atol=3e-3)


def test_one_thread_or_two_give_the_same_bits() -> None:
    code = (
        "import numpy as np; from fastpipe.algorithms.refinement import refine; "
        "from tests.references.fold_cubes import make_cube; "
        "r = refine(make_cube(np.random.default_rng(15), snr=15.0, freq_offset_hz=0.004), is_drifting=True); "
        "print(*(float(x).hex() for x in (r.freq_hz, r.freq_err_hz, r.fdot_hz_s, r.dm, r.dm_err, r.snr)), "
        "r.fold.period_fdot_grid.tobytes().hex()[:4000], r.fold.dm_curve.tobytes().hex())"
    )
    texts = []
    for count in ("1", "2"):
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), count)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **threads})
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout)
    assert texts[0] == texts[1]


@pytest.mark.parametrize("z", [-3.0, 2.0])
def test_drift_is_found(z: float) -> None:
    found = refine(make_cube(np.random.default_rng(3), snr=25.0, fdot_offset_hz_s=z / TOBS_S**2))
    assert found.fdot_hz_s * TOBS_S**2 == pytest.approx(z, abs=0.2)
    assert abs(found.fdot_hz_s * TOBS_S**2 - z) < 4 * found.fdot_err_hz_s * TOBS_S**2
    assert found.snr == pytest.approx(25.0, rel=0.12)


def test_fold_holds_what_plots_need() -> None:
    found = refine(make_cube(np.random.default_rng(4), snr=30.0, freq_offset_hz=0.3 / TOBS_S, dm_offset=1.0))
    fold = found.fold
    assert fold.period_fdot_grid.shape == (len(fold.fdot_offsets_hz_s), len(fold.freq_offsets_hz))
    fdot, freq = np.unravel_index(fold.period_fdot_grid.argmax(), fold.period_fdot_grid.shape)
    assert abs(fold.freq_offsets_hz[freq]) < 0.1 / TOBS_S
    assert abs(fold.fdot_offsets_hz_s[fdot]) < 1.0 / TOBS_S**2
    dms, snrs = fold.dm_curve
    assert dms[0] == 0.0
    assert np.all(np.diff(dms) > 0)
    assert dms[snrs.argmax()] == pytest.approx(51.0, abs=1.0)
    assert snrs.max() == pytest.approx(found.snr, rel=0.05)
    assert float(match_profiles(fold.profile.astype(np.float64)).snr) == pytest.approx(found.snr, rel=1e-4)
    assert fold.cube.freq_hz == found.freq_hz


def test_series_keeps_its_dm() -> None:
    found = refine(make_cube(np.random.default_rng(5), snr=20.0, shape=(32, 1, 64)), is_dm_free=False)
    assert found.dm == 50.0
    assert found.dm_err == np.inf
    assert found.fold.dm_curve.shape == (2, 0)


@pytest.mark.parametrize("shape", [(1, 1, 4), (1, 32, 16), (2, 2, 5), (3, 1, 128)])
def test_small_cubes(shape: tuple[int, int, int]) -> None:
    found = refine(make_cube(np.random.default_rng(6), snr=15.0, shape=shape, width=0.05))
    assert np.isfinite(found.snr)
    assert found.fdot_hz_s == 0.0
    assert found.dm >= 0.0


def test_data_without_noise_or_signal() -> None:
    cube = make_cube(np.random.default_rng(7), snr=0.0, noise=1e-30, shape=(4, 4, 16))
    silent = replace(cube, cube=np.zeros_like(cube.cube))
    found = refine(silent)
    assert found.snr == 0.0
    assert (found.freq_hz, found.dm) == (5.0, 50.0)
    assert found.freq_err_hz == found.fdot_err_hz_s == found.dm_err == np.inf


def test_counts_turn_with_the_cube() -> None:
    cube = make_cube(np.random.default_rng(11), snr=20.0, shape=(8, 4, 32))
    counts = cube.counts.copy()
    counts[:, :, 4] = 0.0
    turned = turn_cube(replace(cube, counts=counts), 2.0 / TOBS_S, 0.0, 0.0)
    moved = np.rint(32 * 2.0 / TOBS_S * cube.subint_mid_s).astype(int)
    np.testing.assert_array_equal(turned.counts[:, 0].argmin(axis=1), (4 + moved) % 32)
    assert turned.counts.sum() == counts.sum()


@pytest.mark.parametrize("masked", ["subints", "subbands", "cells", "phases"])
def test_pulsar_under_a_mask_keeps_the_snr_of_what_is_left(masked: str) -> None:
    rng = np.random.default_rng(12)
    cube = make_cube(rng, snr=40.0, freq_offset_hz=0.3 / TOBS_S)
    left = np.ones((32, 32, 64))
    if masked == "subints":
        left[5:20] = 0.0
    elif masked == "subbands":
        left[:, ::2] = 0.0
    elif masked == "cells":
        left *= (rng.random((32, 32)) > 0.5)[..., None]
    else:
        left[:, :, 2:12] = 0.0
    sums = cube.cube * left
    sums -= left * sums.sum(axis=2, keepdims=True) / np.maximum(left.sum(axis=2, keepdims=True), 1.0)
    found = refine(replace(cube, cube=sums.astype(np.float32), counts=(cube.counts * left).astype(np.float32)))
    assert found.snr == pytest.approx(refine(cube).snr * np.sqrt(left[:, :, 32].mean()), rel=0.1)
    assert found.noise == pytest.approx(16.0, rel=0.1)
    assert abs(found.freq_hz - 5.0 - 0.3 / TOBS_S) < 5 * found.freq_err_hz
    features = measure_features(found)
    assert features["subint_persistence"] > 0.9
    assert features["subband_persistence"] > 0.8


def test_same_cube_gives_the_same_bits() -> None:
    first, second = (refine(make_cube(np.random.default_rng(8), snr=9.0)) for _ in range(2))
    assert (first.freq_hz, first.dm, first.snr) == (second.freq_hz, second.dm, second.snr)


def test_pulsar_in_a_recording_is_refined_from_a_coarse_detection() -> None:
    rng = np.random.default_rng(9)
    freq_hz, dm, nsamples = 9.7, 80.0, 2**15
    geometry = FoldGeometry(nsamples, 1e-3, np.linspace(1450.0, 1050.0, 64), np.ones(64, bool))
    delay = dm_delay_s(dm, geometry.chan_freqs_mhz, geometry.reference_mhz)
    time = (np.arange(nsamples) + 0.5) * geometry.tsamp - geometry.tobs_s / 2
    phase = (freq_hz * (time[None, :] - delay[:, None])) % 1.0
    data = rng.normal(128, 16, phase.shape) + 1.2 * np.exp(-0.5 * ((phase - 0.3) / 0.03) ** 2)
    clean = np.clip(np.rint(data), 0, 255).astype(np.uint8)
    plan = plan_fold(make_fold_spec(freq_hz + 0.2 / geometry.tobs_s, 0.0, dm + 2.0, geometry), geometry)
    sums = empty_sums(plan)
    for start in range(0, nsamples, 5000):
        add_partial(sums, fold_chunk(clean[:, start : start + 5000], start, [plan])[0], plan)
    found = refine(finish_cube(sums, plan))
    assert abs(found.freq_hz - freq_hz) < 4 * found.freq_err_hz < 0.1 / geometry.tobs_s
    assert abs(found.dm - dm) < 4 * found.dm_err < 4.0
    assert found.noise == pytest.approx(16.0, rel=0.05)
    pulse = 1.2 * np.exp(-0.5 * ((phase[0] - 0.3) / 0.03) ** 2)
    injected = np.sqrt(64 * np.sum((pulse - pulse.mean()) ** 2)) / 16.0
    assert found.snr == pytest.approx(injected, rel=0.12)


def test_dm_that_the_band_does_not_constrain_is_kept() -> None:
    cube = make_cube(
        np.random.default_rng(10), snr=12.0, shape=(16, 8, 32), width=0.1, freq_hz=0.5, band_mhz=(1401.0, 1400.0)
    )
    kept = refine(replace(cube, cube=cube.cube * np.array([1.0] + [0.0] * 7, np.float32)[:, None]))
    assert kept.dm == 50.0
    assert kept.dm_err > 50.0
