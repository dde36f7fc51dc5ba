import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.refinement_coverage import GUESS_DTYPE, Case, pulls
from fastpipe.algorithms.fourier_refinement import REFINED_DTYPE, refine_detections
from fastpipe.algorithms.harmonic_series import Spin, harmonic_series, phase_basis
from fastpipe.algorithms.periodicity import lane_spectra, search_powers
from fastpipe.algorithms.power_peak import best_on_grid, climb, power_at
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.constants import LANES
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError
from tests.references.fourier_refinement import drift_turns, harmonic_powers

NFFT = 1 << 13
TSAMP = 1e-3
SHAPE = np.array([1.0, 0.8, 0.5, 0.3])


def pulsar(spin: tuple[float, float, float], power: float, *, nsamples: int = NFFT, seed: int = 1) -> NDArray[np.float64]:
    """A series of noise of variance 1 with four harmonics of a signal, `power` that of the fundamental."""
    noise = np.random.default_rng(seed).normal(size=nsamples)
    wave = np.exp(2j * np.pi * drift_turns(nsamples, *spin))
    return np.asarray(noise + np.sqrt(4.0 * power / nsamples) * np.polyval(np.append(SHAPE[::-1], 0.0), wave).real)


def spectra_of(*series: NDArray[np.float64]) -> NDArray[np.float32]:
    """Spectra of series in the first lanes, padded with zeros."""
    block = np.zeros((NFFT, LANES))
    for lane, values in enumerate(series):
        block[: len(values), lane] = values
    spectra = np.fft.rfft(block, axis=0) / np.sqrt(len(series[0]))
    return np.stack((spectra.real, spectra.imag), axis=1).astype(np.float32)


def detection(
    spin: tuple[float, float, float], *, nharm: int = 4, power: float = 50.0, nsamples: int = NFFT, lane: int = 0
) -> Table:
    """A peak as a search reports it: at the middle and in bins of the padded transform."""
    moved = spin_of(spin).in_part(NFFT / nsamples)
    table = np.zeros(1, GUESS_DTYPE)
    table[0] = (lane, nharm, moved.fourier_bin[0] / (NFFT * TSAMP), moved.z[0], moved.w[0], power)
    return table


def spin_of(values: tuple[float, float, float]) -> Spin:
    fourier_bin, z, w = (np.array([value]) for value in values)
    return Spin(fourier_bin=fourier_bin, z=z, w=w)


def series_of(
    spectra: NDArray[np.float32], spin: tuple[float, float, float], nharm: int, filled: float, margin: int = 500
) -> NDArray[np.complex64]:
    guess = spin_of(spin)
    return harmonic_series(spectra, np.zeros(1, np.int64), guess, nharm, filled=filled, margin_bins=np.array([margin]))


def test_spins_of_parts_have_the_same_phase() -> None:
    whole, part = (300.0, 40.0, 90.0), 0.75
    moved = spin_of(whole).in_part(part)
    cut = drift_turns(8000, *whole)[:6000]
    turns = drift_turns(6000, moved.fourier_bin[0], moved.z[0], moved.w[0])
    np.testing.assert_allclose(turns - turns[0], cut - cut[0], atol=1e-9)
    back = moved.in_part(1.0 / part)
    np.testing.assert_allclose((back.fourier_bin[0], back.z[0], back.w[0]), whole)


@pytest.mark.parametrize("nsamples", [NFFT, 7777])
@pytest.mark.parametrize("spin", [(301.3, 0.0, 0.0), (300.0, 60.0, 0.0), (333.5, -41.0, 120.0)])
def test_sums_of_series_are_the_powers_of_the_definition(spin: tuple[float, float, float], nsamples: int) -> None:
    data = pulsar(spin, 400.0, nsamples=nsamples)
    sums = series_of(spectra_of(data), spin, 4, nsamples / NFFT).sum(axis=2)
    np.testing.assert_allclose(np.abs(sums[0]) ** 2, harmonic_powers(data, spin, 4), rtol=0.01, atol=0.05)


def test_noise_has_exponential_powers_of_mean_1() -> None:
    rng = np.random.default_rng(2)
    spectra = spectra_of(*(rng.normal(size=7900) for _ in range(LANES)))
    lanes = np.repeat(np.arange(LANES), 60)
    spin = Spin(
        fourier_bin=np.tile(np.arange(60) * 16.0 + 100.3, LANES), z=np.full(lanes.size, 20.0), w=np.zeros(lanes.size)
    )
    margin = np.full(lanes.size, 32)
    sums = harmonic_series(spectra, lanes, spin, 4, filled=7900 / NFFT, margin_bins=margin).sum(axis=2)
    powers = np.abs(sums) ** 2
    assert powers.mean() == pytest.approx(1.0, abs=0.04)
    assert (powers > 2.0).mean() == pytest.approx(np.exp(-2.0), abs=0.015)


@pytest.mark.parametrize("nfree", [1, 2, 3])
def test_derivatives_are_those_of_finite_differences(nfree: int) -> None:
    series = series_of(spectra_of(pulsar((300.2, 5.0, 9.0), 60.0)), (300.0, 4.6, 5.0), 4, 1.0)
    basis = phase_basis(1.0)[:nfree]
    point, steps = np.array([[0.1, 0.3, 2.0]])[:, :nfree], np.array([1e-3, 4e-3, 2e-2])[:nfree]
    here = power_at(series, basis, point)
    for index, step in enumerate(steps):
        above, below = (power_at(series, basis, point + sign * step * np.eye(nfree)[index]) for sign in (1.0, -1.0))
        slope, bend = (above.power - below.power) / (2.0 * step), (above.gradient - below.gradient) / (2.0 * step)
        np.testing.assert_allclose(here.gradient[:, index], slope, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(here.curvature[:, index], bend, rtol=1e-3, atol=1e-3)


def test_climbing_never_goes_down() -> None:
    rng = np.random.default_rng(3)
    series = (rng.normal(size=(200, 4, 64)) + 1j * rng.normal(size=(200, 4, 64))).astype(np.complex64) / np.float32(11.3)
    basis = phase_basis(1.0)
    start = best_on_grid(series, basis)
    top = climb(series, basis, start)
    assert (top.power >= power_at(series, basis, start).power).all()
    assert (np.abs(top.offsets - start) < 15 * 0.25 / 4 / np.abs(basis).max(axis=1)).all()


@pytest.mark.parametrize("nsamples", [NFFT, 7777])
def test_the_top_is_that_of_a_simplex_on_the_definition(nsamples: int) -> None:
    spin = (300.3, 20.0, 0.0)
    data = pulsar(spin, 60.0, nsamples=nsamples)
    best = minimize(
        lambda x: -harmonic_powers(data, (x[0], x[1], 0.0), 4).sum(), spin[:2], method="Nelder-Mead", options={"xatol": 1e-5}
    )
    found = refine_detections(
        spectra_of(data), detection((300.2, 20.5, 0.0), nsamples=nsamples), tsamp=TSAMP, nsamples=nsamples
    )[0]
    assert found["power"] == pytest.approx(-best.fun, rel=0.01)
    assert abs(found["fourier_bin"] - best.x[0]) < 0.2 * found["fourier_bin_err"]
    assert abs(found["z"] - best.x[1]) < 0.2 * found["z_err"]
    assert found["freq_hz"] == pytest.approx(found["fourier_bin"] / (nsamples * TSAMP))
    assert found["fdot_hz_s"] == pytest.approx(found["z"] / (nsamples * TSAMP) ** 2)


def test_errors_of_a_sinusoid_are_the_smallest_possible() -> None:
    data = pulsar((300.3, 0.0, 0.0), 10000.0)
    found = [
        refine_detections(
            spectra_of(data), detection((300.3, 0.0, 0.0), nharm=1, power=1e4), tsamp=TSAMP, nsamples=NFFT, nfree=nfree
        )[0]
        for nfree in (1, 2, 3)
    ]
    amplitude = np.sqrt(found[0]["power"])
    errors = [found[1]["fourier_bin_err"], found[1]["z_err"], found[2]["w_err"]]
    np.testing.assert_allclose(
        errors, np.array([np.sqrt(6), 3 * np.sqrt(40), 60 * np.sqrt(14)]) / (2 * np.pi * amplitude), rtol=0.03
    )
    assert found[2]["fourier_bin_err"] / found[0]["fourier_bin_err"] == pytest.approx(2.5, rel=0.02)
    assert np.isinf([found[0]["z_err"], found[0]["w_err"], found[1]["w_err"]]).all()


@pytest.mark.parametrize(
    "case",
    [
        Case(is_pulse=False, sigma=6.0, z=5.0),
        Case(is_pulse=True, sigma=6.0, z=80.0),
        Case(is_pulse=True, sigma=30.0, z=0.0, filled=0.93),
        Case(is_pulse=True, sigma=15.0, z=5.0, nfree=3),
    ],
)
def test_errors_cover(case: Case) -> None:
    once = (np.abs(pulls(case, 128, 5)) < 1.0).mean(axis=0)
    assert (once > 0.60).all()
    assert (once < 0.78).all()


def test_peaks_of_a_search_are_refined_on_the_spectra_it_leaves() -> None:
    nsamples, spin = 8000, (500.37, 0.0, 0.0)
    block = np.zeros((NFFT, LANES), np.float32)
    block[:nsamples, 3] = pulsar(spin, 60.0, nsamples=nsamples)
    spectra = lane_spectra(block, nsamples)
    whitened_powers(spectra, block, nsamples)
    peaks = search_powers(block, tsamp=TSAMP, freqs_hz=(5.0, 500.0), nharm_max=8, sigma_min=6.0)
    refined = refine_detections(spectra, peaks, tsamp=TSAMP, nsamples=nsamples, nfree=1)
    best = refined[np.argmax(peaks["sigma"])]
    assert (refined["power"] > 0.99 * peaks["power"]).all()
    assert abs(best["fourier_bin"] - spin[0]) < 3.0 * best["fourier_bin_err"]
    assert best["fourier_bin_err"] < 0.03


def test_order_company_and_missing_columns_change_nothing() -> None:
    spectra = spectra_of(pulsar((300.3, 0.0, 0.0), 60.0), pulsar((200.0, 3.0, 0.0), 30.0, seed=2))
    both = np.concatenate((detection((200.1, 0.0, 0.0), lane=1, nharm=2), detection((300.2, 0.0, 0.0))))
    together = refine_detections(spectra, both, tsamp=TSAMP, nsamples=NFFT)
    without_drift = both[["lane", "nharm", "freq_hz", "power"]]
    for index in (0, 1):
        alone = refine_detections(spectra, without_drift[index : index + 1], tsamp=TSAMP, nsamples=NFFT)
        assert alone[0] == together[index]


def test_harmonics_outside_the_spectrum_add_nothing() -> None:
    data = pulsar((3000.3, 0.0, 0.0), 60.0)
    one, four = (
        refine_detections(spectra_of(data), detection((3000.2, 0.0, 0.0), nharm=nharm), tsamp=TSAMP, nsamples=NFFT, nfree=1)[
            0
        ]
        for nharm in (1, 4)
    )
    assert four["power"] == pytest.approx(one["power"], rel=1e-4)
    assert four["fourier_bin_err"] == pytest.approx(one["fourier_bin_err"], rel=1e-3)


def test_empty_lanes_and_empty_tables() -> None:
    spectra = np.zeros((NFFT // 2 + 1, 2, LANES), np.float32)
    found = refine_detections(spectra, detection((10.0, 200.0, 3.0)), tsamp=TSAMP, nsamples=NFFT, nfree=3)[0]
    assert found["power"] == 0.0
    assert np.isinf([found[name] for name in REFINED_DTYPE.names or () if "err" in name]).all()
    assert len(refine_detections(spectra, np.zeros(0, GUESS_DTYPE), tsamp=TSAMP, nsamples=NFFT)) == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nfree": 4}, "found nfree = 4, expected 1, 2 or 3"),
        ({"nsamples": NFFT + 1}, "expected up to two a bin"),
        ({"detections": detection((5000.0, 0.0, 0.0))}, "is or drifts outside the spectrum"),
        ({"detections": detection((50.0, np.nan, 0.0))}, "is or drifts outside the spectrum"),
        ({"detections": detection((50.0, 0.0, 0.0), lane=16)}, "expected lanes 0 to 15"),
    ],
)
def test_arguments_that_make_no_sense(changes: dict[str, object], message: str) -> None:
    arguments = {"detections": detection((50.0, 0.0, 0.0)), "tsamp": TSAMP, "nsamples": NFFT} | changes
    with pytest.raises(ConfigError, match=message):
        refine_detections(np.zeros((NFFT // 2 + 1, 2, LANES), np.float32), **arguments)  # type: ignore[arg-type]
