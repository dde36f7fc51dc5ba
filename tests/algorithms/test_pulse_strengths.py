"""Persistence, modulation and straightness of the pulse over time and band."""

import numpy as np
import pytest

from fastpipe.algorithms.fourier_cube import FourierCube, detection_level, to_fourier
from fastpipe.algorithms.pulse_strengths import PulseStrengths, measure_strengths
from fastpipe.data.folded_cube import FoldedCube
from tests.references.fold_cubes import make_cube
from tests.references.pulse_strengths import fit_in_place

_NOISE = 16.0


def measure(cube: FoldedCube, axis: int = 0, snr: float = 30.0) -> PulseStrengths:
    return measure_strengths(to_fourier(cube, _NOISE), cube.counts.sum(axis=(1 - axis, 2)).astype(float), axis, snr)


def template_of(fourier: FourierCube, nbins: int) -> np.ndarray:
    harmonics = fourier.harmonics.sum(axis=(1, 2))
    kept = int(detection_level(harmonics)[1])
    spectrum = np.zeros(nbins // 2 + 1, complex)
    spectrum[1 : kept + 1] = harmonics[:kept]
    return np.fft.irfft(spectrum, nbins)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_strengths_are_those_of_a_fit_phase_by_phase(axis: int, seed: int) -> None:
    cube = make_cube(np.random.default_rng(seed), snr=12.0, shape=(4, 4, 32))
    found = measure(cube, axis, snr=30.0)
    fourier = to_fourier(cube, _NOISE)
    template = template_of(fourier, 32)
    unit = _NOISE * np.sqrt(cube.counts.sum(dtype=float))
    for index, stretch in enumerate(cube.cube.sum(axis=1 - axis, dtype=float)):
        share = cube.counts.sum(axis=(1 - axis, 2))[index] / cube.counts.sum()
        # Harmonics have power 1 in the noise of the whole cube, so a bin of a stretch has sqrt(share / nbins).
        strength, in_place, best = fit_in_place(stretch / unit, template * share, float(np.sqrt(share / 32)))
        assert found.strength[index] == pytest.approx(strength, rel=1e-6)
        allowed = 1.0 + 0.01 * best
        assert found.misplacement[index] == pytest.approx((best - in_place) / allowed, abs=0.05 * best / allowed)


def test_a_steady_pulse_is_there_all_the_time() -> None:
    found = measure(make_cube(np.random.default_rng(4), snr=40.0))
    assert found.persistence == 1.0
    assert found.modulation < 0.2
    assert found.phase_chi2 < 2.0


def test_strengths_scatter_as_much_as_they_say() -> None:
    pulls = []
    for seed in range(20):
        found = measure(make_cube(np.random.default_rng(seed), snr=40.0), snr=40.0)
        pulls.append((found.strength - 1.0) / found.noise)
    assert np.std(np.concatenate(pulls)) == pytest.approx(1.0, abs=0.1)


def test_a_burst_is_not_persistent() -> None:
    found = measure(make_cube(np.random.default_rng(5), snr=30.0, subint_gain=(np.arange(32) == 7).astype(float)))
    assert found.persistence < 0.4
    assert found.modulation == pytest.approx(np.sqrt(31.0), rel=0.25)


def test_a_drifting_pulse_is_not_straight() -> None:
    straight, drifting = (
        measure(make_cube(np.random.default_rng(6), snr=40.0, freq_offset_hz=offset)) for offset in (0.0, 0.002)
    )
    assert drifting.phase_chi2 > 3.0 * straight.phase_chi2


def test_faint_folds_cannot_tell() -> None:
    found = measure(make_cube(np.random.default_rng(7), snr=4.0), snr=4.0)
    assert np.isnan([found.persistence, found.modulation, found.phase_chi2]).all()


def test_stretches_without_data_are_left_out() -> None:
    cube = make_cube(np.random.default_rng(8), snr=40.0)
    cube.cube[20:], cube.counts[20:] = 0.0, 0.0
    found = measure(cube, snr=40.0)
    assert len(found.strength) == 20
    assert found.persistence == 1.0
