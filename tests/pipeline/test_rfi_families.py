"""A pulsar in every family of interference: found first, with the S/N that it has without it."""

from pathlib import Path

import numpy as np
import pytest
from numba import config

from fastpipe.config import SearchConfig, override
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.rfi_presets import RFI_FAMILIES, fast_interference, typical_interference
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording, simulated
from tests.pipeline.rfi_searches import look_for, recover, search_with

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="whole searches take hours without the compiler")

SHAPE = FilterbankShape(nchans=128, nsamples=2**15, tsamp=8e-4)
PULSAR = SimulatedPulsar(period_s=0.0713, dm=50.0, snr=30.0)
# A few candidates tell as much as a hundred, and are folded sooner.
CONFIG = override(SearchConfig(), dm_max=100.0, max_candidates=10)


@pytest.mark.parametrize("name", [*RFI_FAMILIES, "fair day"])
def test_a_family_of_interference_does_not_cost_a_pulsar(name: str, tmp_path: Path) -> None:
    interference = fast_interference(SHAPE) if name == "fair day" else typical_interference(SHAPE, [name])
    recovery = recover(SHAPE, PULSAR, interference, CONFIG, tmp_path)
    assert recovery.cleaned.rank == 1
    assert recovery.ratio >= 0.95
    # What is masked is lost, also where the interference did little harm; nothing else is.
    left = (1.0 - recovery.cleaned.masked_fraction) / (1.0 - recovery.uncleaned.masked_fraction)
    assert recovery.cleaned.snr >= 0.98 * left**0.5 * recovery.uncleaned.snr
    assert recovery.cleaned.nfalse <= recovery.uncleaned.nfalse
    assert recovery.cleaned.masked_fraction < 0.3


@pytest.mark.parametrize(
    "pulsar",
    [
        SimulatedPulsar(period_s=0.0713, dm=50.0, snr=300.0),
        SimulatedPulsar(period_s=0.9, dm=50.0, snr=300.0, duty_cycle=0.5),
        SimulatedPulsar(period_s=0.4, dm=50.0, snr=60.0, duty_cycle=0.5),
        SimulatedPulsar(period_s=0.2265, dm=3.0, snr=60.0),
    ],
    ids=["bright", "bright and wide", "wide", "at DM 3"],
)
def test_default_cleaning_leaves_a_pulsar_alone(pulsar: SimulatedPulsar) -> None:
    found = look_for(search_with(simulated(SHAPE, pulsar), CONFIG), pulsar.freq_hz, pulsar.dm)
    assert found.rank == 1
    # A boxcar has 0.95 of the S/N of a narrow Gaussian and 0.83 of that of one as wide as half a turn.
    assert found.snr > 0.8 * pulsar.snr
    assert found.masked_fraction < 0.05


@pytest.mark.parametrize("dm", [3.0, 80.0])
def test_automatic_zero_dm_filter_helps_where_it_can_and_keeps_low_dms(dm: float) -> None:
    pulsar, gains = SimulatedPulsar(period_s=0.2265, dm=dm, snr=100.0, duty_cycle=0.03), []
    for seed in (1, 2):
        clean = simulated(SHAPE, pulsar, seed=seed)
        shared = np.random.default_rng(seed).normal(0.0, 0.4 * clean.data.std(axis=0).mean(), (SHAPE.nsamples, 1))
        recording = MemoryRecording(clean.header, np.clip(np.rint(clean.data + shared), 0, 255).astype(np.uint8))
        found = look_for(search_with(recording, CONFIG), pulsar.freq_hz, pulsar.dm)
        unfiltered = look_for(search_with(recording, override(CONFIG, zero_dm="off")), pulsar.freq_hz, pulsar.dm)
        assert found.rank == unfiltered.rank == 1
        gains.append(found.snr / unfiltered.snr)
    # Below the DM of the filter nothing changes. Above it, dispersion has spread most of the shared noise already.
    assert np.mean(gains) == pytest.approx(1.0, rel=0.02) if dm < 10 else np.mean(gains) > 1.05
