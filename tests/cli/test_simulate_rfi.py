"""``fastpipe simulate --rfi-family``."""

import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from fastpipe.cli.simulate import command
from fastpipe.io.recordings import open_recording
from fastpipe.simulation.rfi_presets import RFI_FAMILIES

SMALL = ("--duration", "1", "--tsamp", "0.001", "--nchans", "32")


def test_families_are_added(tmp_path: Path) -> None:
    quiet, loud = tmp_path / "quiet.fil", tmp_path / "loud.fil"
    CliRunner().invoke(command, ["-o", str(quiet), *SMALL])
    done = CliRunner().invoke(command, ["-o", str(loud), *SMALL, "--json", "--rfi-family", "diode", "--rfi-family", "all"])
    truth = json.loads(done.stdout)
    assert truth["interference"] is True
    assert truth["rfi_families"] == "diode all"
    before, after = (open_recording([path]).read(0, 1000).astype(float) for path in (quiet, loud))
    assert np.count_nonzero(after - before) > 5000


def test_the_help_names_every_family() -> None:
    text = " ".join(CliRunner().invoke(command, ["--help"]).stdout.split())
    assert all(name in text for name in RFI_FAMILIES)
