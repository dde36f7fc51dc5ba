"""The sample recording is what its README says, and a search finds what is in it."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import fastpipe as fp
from fastpipe.cli.main import group

FOLDER = Path(__file__).resolve().parents[1] / "sample_data"
RECORDING = FOLDER / "fake_pulsar.fil"

pytestmark = pytest.mark.skipif(not RECORDING.exists(), reason="no sample_data folder beside the tests")


def test_recorded_command_makes_the_file(tmp_path: Path) -> None:
    found = re.search(r"```bash\nfastpipe (simulate .*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    assert found is not None
    arguments = shlex.split(found.group(1).replace("\\\n", " "))
    arguments[arguments.index("-o") + 1] = str(tmp_path / "again.fil")
    assert CliRunner().invoke(group, arguments).exit_code == 0
    again, before = (np.fromfile(path, np.uint8) for path in (tmp_path / "again.fil", RECORDING))
    assert again.shape == before.shape
    # Processors differ in the last digit of an exponential, which may turn a rounding here and there.
    assert np.mean(again != before) < 1e-4


def test_search_finds_the_pulsar_first() -> None:
    catalogue = fp.search(RECORDING, dm_max=150, quiet=True)
    best = catalogue[0]
    assert best.period_s == pytest.approx(0.0893, abs=3e-6)
    assert best.dm == pytest.approx(62.4, abs=1.0)
    assert best.snr == pytest.approx(25, abs=4)
    assert best.score > 0.9
