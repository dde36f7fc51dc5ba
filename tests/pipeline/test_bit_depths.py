"""The same recording at fewer bits, or in another format, gives the same candidate."""

from pathlib import Path

import pytest
from numba import config

from fastpipe.config import SearchConfig, override
from fastpipe.data.tables import Table
from fastpipe.execution.search import run_search
from fastpipe.io.recording_writer import write_recording
from fastpipe.io.recordings import open_recording
from fastpipe.pipeline.convert import Conversion, convert, plan_conversion

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="searches of whole recordings need the compiler")

SAMPLE = Path(__file__).resolve().parents[2] / "sample_data" / "fake_pulsar.fil"
CONFIG = override(SearchConfig(), dm_max=100.0)


@pytest.fixture(scope="module")
def best_of_sample() -> Table:
    return run_search([SAMPLE], CONFIG).candidates[0]


# A single bit keeps 0.798 of the S/N, two bits 0.94, four 0.995 (Jenet & Anderson 1998, PASP 110, 1467). Folds from other
# trial DMs move the noise by whole samples, which scatters the S/N of a fold by 1 %.
@pytest.mark.parametrize("suffix", [".fil", ".fits"])
@pytest.mark.parametrize(("nbits", "kept"), [(1, 0.76), (2, 0.91), (4, 0.955), (8, 0.985), (16, 0.985), (32, 0.985)])
def test_the_pulsar_is_first_at_every_depth(
    tmp_path: Path, nbits: int, kept: float, suffix: str, best_of_sample: Table
) -> None:
    recording = open_recording([SAMPLE])
    plan = plan_conversion(recording.header, Conversion(nbits=nbits))
    path = tmp_path / f"sample{suffix}"
    write_recording(path, plan.header, convert(recording, plan))
    best = run_search([path], CONFIG).candidates[0]
    assert best["period_s"] == pytest.approx(0.0893, abs=3e-6)
    assert best["dm"] == pytest.approx(62.4, abs=1.0)
    assert best_of_sample["snr"] > 23.5
    assert best["snr"] > kept * best_of_sample["snr"]


@pytest.mark.real_data
def test_eight_four_and_two_bits_of_parkes_give_the_same_source(test_data: Path) -> None:
    # Two seconds of the Crab's field: the mains are the strongest signal, at 50 Hz or at their fourth harmonic. They come
    # from the ground, and sifting says so where it can: they may be no candidate.
    config = override(SearchConfig(), find_rfi=False, zero_dm="off", find_birdies=False)
    for name in ("parkes_8bit_1.fil", "parkes_4bit.fil", "parkes_2bit.fil"):
        freq_hz = run_search([test_data / "recordings" / name], config).detections[0]["freq_hz"]
        assert round(freq_hz) in (50, 200)
        assert freq_hz == pytest.approx(round(freq_hz), abs=0.1)
