"""The lane transform against NumPy in double precision and against the output of PRESTO's realfft."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config

from fastpipe.algorithms import lane_fft
from fastpipe.algorithms.lane_fft import factors_235, next_fft_length, real_spectra, transform_plan
from fastpipe.constants import LANES
from fastpipe.errors import ConfigError

# Without the compiler a transform of 10000 samples takes seconds.
_LONGEST = 1 << 9 if config.DISABLE_JIT else 1 << 16
_LENGTHS = sorted(
    2**a * 3**b * 5**c for a in range(17) for b in range(11) for c in range(8) if 2**a * 3**b * 5**c <= _LONGEST
)


def _noise(nsamples: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((nsamples, LANES), dtype=np.float32)


def _assert_spectra(spectra: np.ndarray, block: np.ndarray) -> None:
    expected = np.fft.rfft(block.astype(np.float64), axis=0)
    scale = np.sqrt(np.mean(np.abs(expected) ** 2)) + 1e-30
    np.testing.assert_allclose(spectra[:, 0] / scale, expected.real / scale, atol=4e-6)
    np.testing.assert_allclose(spectra[:, 1] / scale, expected.imag / scale, atol=4e-6)


@given(length=st.sampled_from(_LENGTHS), seed=st.integers(0, 2**31))
def test_spectra_equal_numpy_for_all_lengths(length: int, seed: int) -> None:
    block = _noise(length, seed)
    _assert_spectra(real_spectra(block.copy()), block)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 15, 16, 81, 360])
def test_short_transforms(length: int) -> None:
    block = _noise(length)
    _assert_spectra(real_spectra(block.copy()), block)


@pytest.mark.parametrize("length", [6, 60, 135, 256, 450])
@pytest.mark.parametrize("together", [(1, 1), (4, 8)])
def test_two_steps_equal_one(length: int, together: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_fft, "_MAX_IN_CACHE", 1)
    monkeypatch.setattr(lane_fft, "_TOGETHER", together)
    transform_plan.cache_clear()
    block = _noise(length)
    assert transform_plan(length).nrows > 1
    _assert_spectra(real_spectra(block.copy()), block)
    transform_plan.cache_clear()


@pytest.mark.skipif(config.DISABLE_JIT, reason="a quarter of a million samples take minutes without the compiler")
def test_long_spectra_are_the_same_in_whole_cache_lines_and_across_them() -> None:
    # Spectra of more than 16 MiB go past the caches where they begin with a cache line.
    length = 2**16 * 5
    block, values = _noise(length), (length // 2 + 1) * 2 * LANES
    memory = np.full(values + 32, np.nan, np.float32)
    first = -memory.ctypes.data % 64 // 4
    streamed = real_spectra(block.copy(), memory[first : first + values].reshape(-1, 2, LANES)).copy()
    assert np.isnan(memory[:first]).all()
    assert np.isnan(memory[first + values :]).all()
    _assert_spectra(streamed, block)
    shifted = real_spectra(block.copy(), memory[first + 4 : first + 4 + values].reshape(-1, 2, LANES))
    np.testing.assert_array_equal(shifted, streamed)


def test_output_and_working_space_of_the_caller_are_used() -> None:
    block = _noise(120)
    out = np.full((61, 2, LANES), np.nan, np.float32)
    scratch = np.empty(transform_plan(120).scratch_values, np.float32)
    assert real_spectra(block.copy(), out, scratch) is out
    _assert_spectra(out, block)


def test_partner_lane_leaks_by_rounding_only() -> None:
    block = np.zeros((400, LANES), np.float32)
    block[:, 3] = _noise(400)[:, 3]
    spectra = real_spectra(block)
    amplitude = np.hypot(spectra[:, 0], spectra[:, 1])
    assert amplitude[:, 11].max() < 1e-6 * amplitude[:, 3].max()
    others = [lane for lane in range(LANES) if lane not in (3, 11)]
    assert not spectra[:, :, others].any()


def test_tables_are_shared_and_read_only() -> None:
    plan = transform_plan(96)
    assert transform_plan(96) is plan
    assert not any(array.flags.writeable for array in (*plan.column_passes, *plan.row_passes, plan.fine, plan.coarse))


@given(nsamples=st.integers(1, 3000))
def test_next_length_is_the_smallest_even_product(nsamples: int) -> None:
    smooth = [2**a * 3**b * 5**c for a in range(1, 13) for b in range(9) for c in range(7)]
    assert next_fft_length(nsamples) == min(n for n in smooth if n >= nsamples)


@given(length=st.integers(1, 10**6))
def test_radices_multiply_to_the_length_or_are_refused(length: int) -> None:
    try:
        radices = factors_235(length)
    except ConfigError:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        assert rest > 1
    else:
        assert int(np.prod(radices, initial=1)) == length


def test_bad_lengths_are_refused() -> None:
    with pytest.raises(ConfigError, match="found a transform of 14 samples, expected a product of 2, 3 and 5"):
        real_spectra(np.zeros((14, LANES), np.float32))
    with pytest.raises(ConfigError, match=r"found a block of float64 of shape \(16, 16\), expected float32"):
        real_spectra(np.zeros((16, LANES)))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"found a block of float32 of shape \(16, 8\)"):
        real_spectra(np.zeros((16, 8), np.float32))
    with pytest.raises(ConfigError, match=r"found an output of shape \(9, 16\)"):
        real_spectra(np.zeros((16, LANES), np.float32), out=np.zeros((9, 16), np.float32))
    with pytest.raises(ConfigError, match="found a series of 0 samples"):
        next_fft_length(0)


@pytest.mark.real_data
@pytest.mark.skipif(config.DISABLE_JIT, reason="131072 samples take minutes without the compiler")
def test_spectrum_equals_prestos_realfft(test_data: Path) -> None:
    # PRESTO packs the real bins 0 and Nyquist into the first complex number; sign and scale of the transform are ours.
    series = np.fromfile(test_data / "series" / "J1807-0847_gbt.dat", np.float32)
    packed = np.fromfile(test_data / "series" / "J1807-0847_gbt.fft", np.complex64)
    block = np.zeros((series.size, LANES), np.float32)
    block[:, 0] = series
    spectra = real_spectra(block)
    ours = spectra[:, 0, 0] + 1j * spectra[:, 1, 0]
    scale = np.abs(packed[1:]).max()
    np.testing.assert_allclose(ours[1:-1] / scale, packed[1:] / scale, atol=1e-5)
    np.testing.assert_allclose([ours[0].real, ours[-1].real], [packed[0].real, packed[0].imag], rtol=1e-6, atol=1e-4 * scale)
