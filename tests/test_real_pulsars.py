"""Real recordings and other people's simulations: the pulsar is the first line of the table, with default settings."""

from pathlib import Path

import numpy as np
import pytest
from numba import config

from fastpipe.config import SearchConfig
from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.dispersion import dm_delay_s
from fastpipe.execution.search import run_search

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(config.DISABLE_JIT, reason="whole recordings take hours without the compiler"),
]

# Barycentric frequency in Hz, its derivative in Hz s^-1, epoch (MJD): ATNF Pulsar Catalogue 2.65 (Manchester et al. 2005).
EPHEMERIDES = {
    "J1807-0847": (6.107714243738, -1.074334e-15, 48244.0),
    "B1929+10": (4.4146421450799, -2.25455e-14, 59400.0),
    "B0329+54": (1.399541538720, -4.011970e-15, 46473.0),
}


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
    # Listed periods are good to a tenth of a Fourier bin of the fundamental; they are those seen at the telescope.
    error = 0.1 * period_s / tables.observations["tobs_s"][0]
    assert best["topocentric_period_s"] == pytest.approx(period_s, rel=error)
    assert best["snr"] > 40
    assert best["score"] > 0.9
    others = tables.candidates[1:]
    assert not others[others["score"] >= 0.5][["period_s", "dm", "snr", "score"]].tolist()
    if dm is not None:
        wrong = abs(best["dm"] - dm)
        assert wrong < max(3 * best["dm_err"], 0.01)
        # Across the band the pulse is in line to half a phase bin.
        nbins = len(tables.folds[1].profile)
        freqs = tables.folds[1].cube.subband_freqs_mhz
        assert dm_delay_s(wrong, freqs.min(), freqs.max()) < 0.5 * period_s / nbins


@pytest.mark.parametrize("name", ["J1807-0847_gbt.dat", "B1929+10_lovell.dat", "B0329+54_lovell.dat"])
def test_periods_are_those_of_the_pulsars(test_data: Path, name: str) -> None:
    tables = run_search([test_data / "series" / name], SearchConfig())
    best = tables.candidates[0]
    freq_hz, fdot_hz_s, epoch_mjd = EPHEMERIDES[name.split("_")[0]]
    expected_s = 1.0 / (freq_hz + fdot_hz_s * (best["epoch_mjd"] - epoch_mjd) * SECONDS_PER_DAY)
    assert (tables.frame, tables.time_scale) == ("barycentric", "TDB")
    # Pulses of these bright pulsars jitter by a hundredth of a turn, one by one: more than their noise.
    turns = tables.observations["tobs_s"][0] / expected_s
    jitter_s = 0.01 * np.sqrt(12.0 / turns) * expected_s / turns
    assert best["period_s"] == pytest.approx(expected_s, abs=4 * np.hypot(best["period_err_s"], jitter_s))
    assert abs(best["period_s"] - expected_s) < 0.1 * abs(best["topocentric_period_s"] - expected_s)


@pytest.mark.parametrize(
    "names", [("parkes_8bit_1.fil", "parkes_8bit_2.fil"), ("parkes_4bit.fil",), ("frb180417_askap.fil",)]
)
def test_interference_scores_low(test_data: Path, names: tuple[str, ...]) -> None:
    candidates = run_search([test_data / "recordings" / name for name in names], SearchConfig()).candidates
    # The Crab pulsar is in the field, but too faint to be found.
    assert not candidates[candidates["score"] >= 0.5][["period_s", "dm", "snr", "score"]].tolist()
