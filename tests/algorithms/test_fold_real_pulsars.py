"""Series of real pulsars, folded near their periods, show the pulsar at its period and S/N."""

from pathlib import Path

import numpy as np
import pytest

from fastpipe.algorithms.fold_assembly import finish_cube
from fastpipe.algorithms.fold_features import measure_features
from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.algorithms.fold_plan import plan_fold
from fastpipe.algorithms.fold_resolution import make_fold_spec
from fastpipe.algorithms.folding import add_partial, empty_sums, fold_chunk
from fastpipe.algorithms.refinement import refine
from fastpipe.algorithms.scoring import contribute, score_fold
from fastpipe.io.score_model import load_score_model


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "tsamp", "period_s", "least_snr"),
    [
        ("B1929+10_lovell", 0.01, 0.226542, 157.0),
        ("B0329+54_lovell", 0.01, 0.714567, 50.0),
        ("J1807-0847_gbt", 163.84e-6, 0.163723, 137.0),
    ],
)
def test_real_pulsar(test_data: Path, name: str, tsamp: float, period_s: float, least_snr: float) -> None:
    series = np.fromfile(test_data / "series" / f"{name}.dat", "<f4")
    series -= np.median(series)
    nsamples = len(series)
    geometry = FoldGeometry(nsamples, tsamp, np.array([1400.0]), np.ones(1, bool), float(series.std()), is_series=True)
    plan = plan_fold(make_fold_spec(1.0 / period_s, 0.0, 0.0, geometry), geometry)
    sums = empty_sums(plan)
    for start in range(0, nsamples, 10_000):
        add_partial(sums, fold_chunk(series[None, start : start + 10_000], start, [plan])[0], plan)
    found = refine(finish_cube(sums, plan), is_dm_free=False)
    # Listed periods are rounded, or found over another stretch: a fifth of a bin of phase over the observation is allowed.
    assert 1.0 / found.freq_hz == pytest.approx(period_s, rel=1e-4)
    assert found.snr > least_snr
    assert found.fdot_hz_s == 0.0
    assert score_fold(contribute(measure_features(found), load_score_model())) > 0.9
