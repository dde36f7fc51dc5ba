"""Pulsars in binary systems, of which a series of 2^22 samples shows a part of an orbit: found with drift, not without."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config

from benchmarks.binary_pulsar import (
    ACCELERATED,
    ACCELERATION,
    CONSTANT,
    JERK,
    JERKED,
    SERIES,
    BinaryPulsar,
    search,
    write_series,
)
from fastpipe.data.tables import Table

pytestmark = [
    pytest.mark.skipif(config.DISABLE_JIT, reason="too slow without the compiler"),
    pytest.mark.slow,
]


def candidates(folder: Path, pulsar: BinaryPulsar, **options: Any) -> Table:
    """Search a series of a pulsar within 2 % of its frequency."""
    path = folder / "binary.tim"
    if not path.exists():
        write_series(path, SERIES, pulsar.series(SERIES, 1))
    return search(path, freq_min_hz=0.98 * pulsar.spin_hz, freq_max_hz=1.02 * pulsar.spin_hz, **options).candidates


def test_constant_acceleration(tmp_path: Path) -> None:
    # A drift of 80 bins leaves two harmonics within zmax.
    best = candidates(tmp_path, ACCELERATED, **ACCELERATION, accel_nharm_max=2)[0]
    assert best["search"] == b"accel"
    freq_err_hz = best["period_err_s"] * best["freq_hz"] ** 2
    assert best["freq_hz"] == pytest.approx(ACCELERATED.spin(0), abs=3 * freq_err_hz)
    assert best["fdot_hz_s"] == pytest.approx(ACCELERATED.spin(1), abs=3 * best["fdot_err_hz_s"])
    # The errors are small enough to mean something: parts of a bin.
    assert freq_err_hz * SERIES.tobs_s < 0.1
    assert best["fdot_err_hz_s"] * SERIES.tobs_s**2 < 0.5
    assert best["snr"] == pytest.approx(ACCELERATED.snr(SERIES), rel=0.15)
    assert best["sigma"] == pytest.approx(0.9 * ACCELERATED.sigma, rel=0.15)

    still = candidates(tmp_path, ACCELERATED)
    smeared_hz = abs(ACCELERATED.spin(1)) * SERIES.tobs_s
    assert not np.any(np.abs(still["freq_hz"] - ACCELERATED.spin(0)) < smeared_hz)


def test_jerk(tmp_path: Path) -> None:
    constant = candidates(tmp_path, JERKED, **CONSTANT)
    best = candidates(tmp_path, JERKED, **JERK)[0]
    assert best["search"] == b"jerk"
    assert best["freq_hz"] == pytest.approx(JERKED.spin(0), abs=1.0 / SERIES.tobs_s)
    assert best["fdot_hz_s"] == pytest.approx(JERKED.spin(1), abs=3.0 / SERIES.tobs_s**2)
    assert best["jerk_m_s3"] == pytest.approx(JERKED.jerk_m_s3, rel=0.2)
    assert best["sigma"] > 3.0 + constant["sigma"].max(initial=0.0)
