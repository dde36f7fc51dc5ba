"""The phase of a barycentric fold runs in barycentric time, sample by sample."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_clock import make_clock
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import plan_fold
from fastpipe.algorithms.fold_resolution import FoldSpec
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.data.barycentric_model import BarycentricModel
from tests.references.folding import fold_by_definition

TSAMP = 1e-3


def bent_model(tobs_s: float, velocity: float = 1e-2, bend: float = 0.05, nstretches: int = 7) -> BarycentricModel:
    """Return a model with motions far stronger than that of the Earth, so that mistakes show."""
    topocentric_s = np.linspace(-0.1, 1.1, nstretches + 1) * tobs_s
    turn = topocentric_s / tobs_s
    return BarycentricModel(
        start_mjd_tdb=59_000.0,
        mid_mjd_tdb=59_000.0 + tobs_s / 2 / 86_400,
        topocentric_s=topocentric_s,
        barycentric_s=topocentric_s * (1 - velocity) + bend * tobs_s * turn**2,
    )


@given(
    nsamples=st.integers(1, 5000),
    first=st.integers(-3000, 6000),
    count=st.integers(1, 4000),
    velocity=st.floats(-0.1, 0.1),
    bend=st.floats(-0.1, 0.1),
)
def test_every_sample_has_its_barycentric_time(nsamples: int, first: int, count: int, velocity: float, bend: float) -> None:
    model = bent_model(nsamples * TSAMP, velocity, bend)
    clock = make_clock(nsamples, TSAMP, model)
    pieces = list(clock.pieces(first, count))
    samples = np.concatenate([np.arange(start, stop) for start, stop, _, _ in pieces])
    np.testing.assert_array_equal(samples, np.arange(first, first + count))
    times_s = np.concatenate([(np.arange(a, b) + 0.5) * step_s - epoch_s for a, b, step_s, epoch_s in pieces])
    np.testing.assert_allclose(clock.since_epoch_s(samples), times_s, rtol=0, atol=1e-12)
    inside = (samples >= 0) & (samples < nsamples)
    epoch_s = model.to_barycentric_s(np.array([nsamples * TSAMP / 2]))
    expected = model.to_barycentric_s((samples + 0.5) * TSAMP) - epoch_s
    np.testing.assert_allclose(times_s[inside], expected[inside], rtol=0, atol=1e-9)


def test_without_a_model_time_is_that_of_the_recording() -> None:
    assert list(make_clock(1000, TSAMP, None).pieces(-5, 30)) == [(-5, 25, TSAMP, 0.5)]


@pytest.mark.parametrize("chunk_samples", [40, 97, 300])
def test_sums_are_those_of_the_definition_for_any_chunks(chunk_samples: int) -> None:
    nsamples = 300
    model = bent_model(nsamples * TSAMP)
    geometry = FoldGeometry(nsamples, TSAMP, np.linspace(1450, 1050, 6), np.ones(6, bool), barycentre=model)
    spec = FoldSpec(freq_hz=47.3, fdot_hz_s=3.0, dm=20.0, nbins=16, nsubbands=3, nsubints=4)
    plan = plan_fold(spec, geometry)
    data = np.random.default_rng(1).integers(0, 256, (6, nsamples), np.uint8)
    sums = empty_sums(plan)
    for start in range(0, nsamples, chunk_samples):
        (partial,) = fold_chunk(data[:, start : start + chunk_samples], start, [plan])
        add_partial(sums, partial, plan)

    def clock(times_s: np.ndarray) -> np.ndarray:
        # np.interp stays where it is beyond the ends, where no sample counts; the clock goes on.
        inner = model.to_barycentric_s(times_s)
        slopes = np.diff(model.barycentric_s) / np.diff(model.topocentric_s)
        before, after = np.minimum(times_s - model.topocentric_s[0], 0), np.maximum(times_s - model.topocentric_s[-1], 0)
        return np.asarray(inner + slopes[0] * before + slopes[-1] * after)

    expected, _ = fold_by_definition(data, plan.delay_samples, np.arange(6) // 2, spec, TSAMP, clock=clock)
    by_slot = sums.reshape(spec.nsubbands, spec.nsubints, spec.nbins).transpose(1, 0, 2)
    np.testing.assert_array_equal(by_slot, expected)
    mid_s = (np.arange(4) + 0.5) / 4 * nsamples * TSAMP
    epoch_s = model.to_barycentric_s(np.array([nsamples * TSAMP / 2]))
    np.testing.assert_allclose(finish_cube(sums, plan).subint_mid_s, model.to_barycentric_s(mid_s) - epoch_s, atol=1e-12)


def test_a_steady_barycentric_pulsar_keeps_its_phase() -> None:
    nsamples, freq_hz = 60_000, 31.7
    model = bent_model(nsamples * TSAMP, 1e-4, 5e-4, 61)
    geometry = FoldGeometry(nsamples, TSAMP, np.array([1400.0]), np.ones(1, bool), is_series=True)
    times_s = model.to_barycentric_s((np.arange(nsamples) + 0.5) * TSAMP) - model.to_barycentric_s(np.array([30.0]))
    series = (np.abs((freq_hz * times_s + 0.5) % 1.0 - 0.5) < 0.05).astype(np.float32)
    spec = FoldSpec(freq_hz=freq_hz, fdot_hz_s=0.0, dm=0.0, nbins=16, nsubbands=1, nsubints=8)
    peaks = {}
    for name, one in (("barycentric", replace(geometry, barycentre=model)), ("topocentric", geometry)):
        plan = plan_fold(spec, one)
        (partial,) = fold_chunk(series[None], 0, [plan])
        peaks[name] = partial.sums.reshape(8, 16).argmax(axis=1)
    # The pulse sits half in the last bin, half in the first.
    assert set(peaks["barycentric"].tolist()) <= {0, 15}
    assert len(set(peaks["topocentric"].tolist())) > 2
