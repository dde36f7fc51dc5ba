"""Broadband spikes: found where they are, told from pulses, left alone where they are no exception."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.spikes import CHECKED_SPIKES, Spikes, confirm_spikes, find_spikes, half_window_samples

TSAMP = 2e-4


def spikes_at(stretches: np.ndarray, sigmas: np.ndarray | float = 10.0) -> Spikes:
    return Spikes(stretches, np.broadcast_to(sigmas, len(stretches)))


def noise(nsamples: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(nsamples, dtype=np.float32)


@given(seed=st.integers(0, 2**31), nspikes=st.integers(0, 12), tsamp=st.sampled_from([5e-5, TSAMP, 2e-3]))
def test_spikes_are_found_and_nothing_else(seed: int, nspikes: int, tsamp: float) -> None:
    rng = np.random.default_rng(seed)
    series = noise(20_000, seed)
    starts = 500 + 1500 * rng.permutation(12)[:nspikes]
    lengths = rng.integers(1, 8, nspikes)
    for start, length in zip(starts, lengths, strict=True):
        series[start : start + length] += np.float32(rng.choice([-30.0, 30.0]))
    before = series.copy()
    spikes = find_spikes(series, tsamp, 6.0)
    found = spikes.stretches
    np.testing.assert_array_equal(series, before)
    assert len(found) == len(spikes.sigmas) == nspikes
    assert np.all(np.abs(spikes.sigmas - 30.0) < 7.0)
    for (first, stop), start, length in zip(found, np.sort(starts), lengths[np.argsort(starts)], strict=True):
        # A neighbour above 3 sigma may belong to it.
        assert start - 2 <= first <= start
        assert start + length <= stop <= start + length + 2


def test_drifts_gaps_and_wide_pulses_are_no_spikes() -> None:
    series = noise(50_000) + 40.0 * np.sin(np.arange(50_000) / 3000.0).astype(np.float32)
    series[20_000:25_000] = 0.0
    series[30_000:30_200] += 30.0
    assert len(find_spikes(series, TSAMP, 6.0).stretches) == 0


def test_neighbours_above_three_sigma_belong_to_a_spike() -> None:
    series = 0.01 * noise(5000)
    series[1000:1005] += np.array([0.05, 0.2, 1.0, 0.2, 0.0], np.float32)
    np.testing.assert_array_equal(find_spikes(series, TSAMP, 6.0).stretches, [[1000, 1004]])


def test_short_and_empty_series() -> None:
    for series in (np.zeros(0), np.zeros(100), np.ones(1), noise(3)):
        assert find_spikes(series.astype(np.float32), TSAMP, 6.0).stretches.shape == (0, 2)


def test_window_is_twenty_milliseconds_within_bounds() -> None:
    assert [half_window_samples(tsamp) for tsamp in (1e-3, 1e-4, 1e-6)] == [20, 100, 1000]


def test_dispersed_spikes_are_let_go_and_said() -> None:
    stretches = 10 * np.arange(20)[:, None] + np.array([0, 2])
    kept, remarks = confirm_spikes(spikes_at(stretches), 10_000, lambda start, _: start != 50)
    np.testing.assert_array_equal(kept, np.delete(stretches, 5, axis=0))
    assert remarks == (
        "1 of 20 spikes were not masked: dispersed, or in a part of the band or in masked channels, or not clearly higher "
        "than such.",
    )
    kept, remarks = confirm_spikes(spikes_at(stretches), 10_000, lambda _start, _stop: True)
    assert len(kept) == 20
    assert remarks == ()
    assert confirm_spikes(spikes_at(stretches[:0]), 10_000, lambda _start, _stop: True)[1] == ()


def test_beside_a_bright_pulsar_only_what_is_clearly_higher_is_interference() -> None:
    stretches = 10 * np.arange(20)[:, None] + np.array([0, 2])
    sigmas = np.full(20, 8.0)
    sigmas[[4, 7]] = 15.0, 40.0
    # Noise hides the sweep of most pulses.
    kept, _ = confirm_spikes(spikes_at(stretches, sigmas), 10_000, lambda start, _: start % 40 != 0 or start == 40)
    np.testing.assert_array_equal(kept, stretches[[7]])


def test_of_many_spikes_some_speak_for_the_others() -> None:
    stretches = 100 * np.arange(1000)[:, None] + np.array([0, 2])
    asked: list[int] = []

    def is_undispersed(start: int, stop: int) -> bool:
        asked.append(start)
        return stop - start == 2 and len(asked) > 20

    kept, _ = confirm_spikes(spikes_at(stretches), 100_000, is_undispersed)
    assert len(asked) == CHECKED_SPIKES
    assert len(kept) == 1000 - 20
    sigmas = np.where(stretches[:, 0] % 200 == 0, 30.0, 10.0)
    # Those that were not looked at follow only where they are clearly higher than the highest pulse.
    kept, _ = confirm_spikes(spikes_at(stretches, sigmas), 100_000, lambda start, _: start % 200 == 0)
    np.testing.assert_array_equal(kept, stretches[::2])


def test_spikes_in_bad_channels_say_nothing_about_the_others() -> None:
    stretches = 10 * np.arange(20)[:, None] + np.array([0, 2])
    kept, remarks = confirm_spikes(spikes_at(stretches), 10_000, lambda start, _: None if start % 20 else True)
    np.testing.assert_array_equal(kept, stretches[::2])
    assert remarks == ()
    kept, _ = confirm_spikes(spikes_at(stretches), 10_000, lambda start, _: None if start % 20 else start == 40)
    assert len(kept) == 0


def test_too_many_spikes_are_no_exception() -> None:
    stretches = 10 * np.arange(1000)[:, None] + np.array([0, 1])
    kept, remarks = confirm_spikes(spikes_at(stretches), 10_000, lambda _start, _stop: True)
    assert len(kept) == 0
    assert remarks == ("Broadband spikes are in 10 % of the samples, which is too much to mask: none was masked.",)
