"""Interference as an object for Python."""

from pathlib import Path

import numpy as np
import pytest

import fastpipe as fp
from fastpipe.config import CleaningConfig, SearchConfig
from fastpipe.data.recording import Recording
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.errors import ConfigError
from fastpipe.io.rfi_mask_file import read_rfi_mask
from fastpipe.io.sigproc import write_filterbank
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.shape import FilterbankShape
from tests.fake_findings import fake_findings, fake_header

FINDINGS = fake_findings(fake_header(32, 3), 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "fake.fil"
    write_filterbank(path, *simulate(FilterbankShape(nchans=32, nsamples=2500, tsamp=1e-3), seed=1))
    return path


@pytest.fixture
def configs(monkeypatch: pytest.MonkeyPatch) -> list[CleaningConfig]:
    asked: list[CleaningConfig] = []

    def find_rfi(_recording: Recording, config: CleaningConfig, _executor: object) -> RFIFindings:
        asked.append(config)
        return FINDINGS

    monkeypatch.setattr("fastpipe.execution.rfi.find_rfi", find_rfi)
    return asked


def test_interference_shows_and_saves_itself(path: Path, configs: list[CleaningConfig], tmp_path: Path) -> None:
    observation = fp.open(path)
    interference = observation.find_rfi(interval_s=0.5)
    assert configs[0].interval_s == 0.5
    assert interference.mask is FINDINGS.mask
    assert "channels masked throughout" in repr(interference)
    assert interference.plot().figure.get_suptitle()
    saved = interference.save(tmp_path / "mask.h5")
    np.testing.assert_array_equal(read_rfi_mask(saved, observation.header).reasons, FINDINGS.mask.reasons)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="as input and as output"):
        interference.save(path)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("configs")
def test_unknown_options_are_refused(path: Path) -> None:
    with pytest.raises(ConfigError, match="found unknown option interval, expected one of"):
        fp.open(path).find_rfi(SearchConfig(), interval=2.0)
