"""Noise diodes: which samples they are on in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.data.noise_diode import NoiseDiode

# Eighths are exact in binary, so a diode is on in a sample or not, whatever is rounded.
EIGHTHS = st.integers(0, 400)


@given(period=st.integers(9, 400), on=st.integers(1, 400), first=EIGHTHS, nsamples=st.integers(0, 200))
def test_stretches_hold_the_samples_in_which_it_is_on(period: int, on: int, first: int, nsamples: int) -> None:
    on, first = min(on, period - 1), first % period
    diode = NoiseDiode(period / 8, on / 8, first / 8, np.zeros(1))
    stretches = diode.stretches_on(nsamples)
    is_on = np.zeros(nsamples, bool)
    for start, stop in stretches:
        assert start < stop
        is_on[start:stop] = True
    np.testing.assert_array_equal(is_on, diode.fraction_on(0, nsamples) > 0)
    assert (stretches[1:, 0] > stretches[:-1, 1]).all()
    assert stretches.dtype == np.int64


def test_it_may_be_on_at_both_ends() -> None:
    assert NoiseDiode(10.0, 4.0, 8.0, np.zeros(1)).stretches_on(20).tolist() == [[0, 2], [8, 12], [18, 20]]


@pytest.mark.parametrize("start", [0, 3, 17])
def test_fractions_do_not_depend_on_where_one_begins(start: int) -> None:
    diode = NoiseDiode(7.3, 2.6, 1.1, np.zeros(1))
    assert diode.duty_cycle == pytest.approx(2.6 / 7.3)
    np.testing.assert_array_equal(diode.fraction_on(start, 50), diode.fraction_on(0, 50)[start:])
