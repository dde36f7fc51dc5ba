"""Real recordings and other people's simulations: the pulsar is the first line of the table, with default settings."""

from pathlib import Path

import pytest
from numba import config

from fastpipe.config import SearchConfig
from fastpipe.execution.search import run_search

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(config.DISABLE_JIT, reason="whole recordings take hours without the compiler"),
]


@pytest.mark.parametrize(
    ("name", "period_s", "dm"),
    [
        ("recordings/tutorial_2bit.fil", 0.250014, None),
        ("recordings/b0329_portrait_611mhz.fil", 0.714536, 26.8),
        ("series/J1807-0847_gbt.dat", 0.163723, 112.38),
        ("series/B1929+10_lovell.dat", 0.226542, 3.18),
        ("series/B0329+54_lovell.dat", 0.714567, 26.76),
    ],
)
def test_the_pulsar_is_first_in_the_table(test_data: Path, name: str, period_s: float, dm: float | None) -> None:
    tables = run_search([test_data / name], SearchConfig())
    best = tables.candidates[0]
    # Listed periods are good to a tenth of a Fourier bin of the fundamental.
    assert best["period_s"] == pytest.approx(period_s, rel=0.1 * period_s / tables.observations["tobs_s"][0])
    assert best["snr"] > 40
    if dm is not None:
        assert best["dm"] == pytest.approx(dm, abs=max(best["dm_err"], 0.01))
