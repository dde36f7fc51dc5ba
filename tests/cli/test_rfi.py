"""The subcommand for interference: what it prints, writes and refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner, Result

from fastpipe.cli.main import group
from fastpipe.config import CleaningConfig, SearchConfig
from fastpipe.data.recording import Recording
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.io.channel_list import read_channel_list
from fastpipe.io.presto_mask import read_presto_mask
from fastpipe.io.rfi_mask_file import read_rfi_mask
from tests.fake_findings import fake_findings, fake_header

Run = Callable[..., Result]
HEADER = fake_header(64, 3)
FINDINGS = fake_findings(HEADER, 3)


@pytest.fixture
def run() -> Run:
    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(group, ["rfi", *map(str, arguments)], prog_name="fastpipe")

    return run


class Finder:
    """Stands in for the search for interference, and remembers what it was asked."""

    def __init__(self) -> None:
        self.config = CleaningConfig()
        self.executor: object = None

    def __call__(self, _recording: Recording, config: CleaningConfig, executor: object) -> RFIFindings:
        self.config, self.executor = config, executor
        return FINDINGS


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> Finder:
    finder = Finder()
    monkeypatch.setattr("fastpipe.execution.rfi.find_rfi", finder)
    return finder


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "fake.fil"
    options = ("-o", path, "--duration", "2.5", "--tsamp", "0.001", "--nchans", "64")
    done = CliRunner().invoke(group, ["simulate", *map(str, options)], prog_name="fastpipe")
    assert done.exit_code == 0, done.output
    return path


@pytest.mark.usefixtures("finder")
def test_report_and_files(run: Run, recording: Path, tmp_path: Path) -> None:
    names = {name: tmp_path / name for name in ("mask.h5", "rfi.png", "rfi.mask", "channels.txt")}
    mask, plot, presto, channels = names.values()
    done = run(recording, "-o", mask, "--plot", plot, "--presto", presto, "--channels", channels)
    assert done.exit_code == 0, done.output
    assert f"masked     {100 * FINDINGS.mask.masked_fraction:.2f} % of the data" in done.stdout
    assert f"Mask: {mask}\nMask for PRESTO, without the spikes: {presto}\n" in done.stdout
    with h5py.File(mask) as file:
        np.testing.assert_array_equal(file["reasons"][()], FINDINGS.mask.reasons)
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert read_presto_mask(presto).nchans == 64
    np.testing.assert_array_equal(read_channel_list(channels, 64), FINDINGS.mask.bad_channels)


@pytest.mark.usefixtures("finder")
def test_json(run: Run, recording: Path) -> None:
    done = run(recording, "--json")
    content = json.loads(done.stdout)
    assert content["masked_fraction"] == FINDINGS.mask.masked_fraction
    assert content["masked_channels"][0] == [0, 0]
    assert content["noise_diode"]["period_s"] == pytest.approx(2000 * content["interval_s"] / 1000)
    assert set(content["fraction_by_reason"]) >= {"dead", "level", "interval"}


def test_options_reach_the_search(run: Run, recording: Path, tmp_path: Path, finder: Finder) -> None:
    (tmp_path / "cfg.toml").write_text("[cleaning]\ninterval_s = 0.5")
    done = run(recording, "-c", tmp_path / "cfg.toml", "--serial", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    assert finder.config.interval_s == 0.5
    assert type(finder.executor) is SerialExecutor
    run(recording, "--threads", "3")
    assert isinstance(finder.executor, ThreadedExecutor)
    assert finder.executor.nthreads == 3


@pytest.mark.usefixtures("finder")
def test_what_is_refused(run: Run, recording: Path, tmp_path: Path) -> None:
    done = run(recording, "-o", tmp_path / "a", "--plot", tmp_path / "a")
    assert (done.exit_code, "as the name of two outputs" in done.stderr) == (2, True)
    done = run(recording, "--channels", recording)
    assert (done.exit_code, "as input and as output" in done.stderr) == (2, True)
    done = run(recording, "-o", tmp_path / "none" / "mask.h5")
    assert (done.exit_code, "found no folder" in done.stderr) == (2, True)
    assert run(tmp_path / "none.fil").exit_code == 3
    done = run(recording, "--plot", tmp_path / "rfi.pdf")
    assert (done.exit_code, "expected one that ends in .png" in done.stderr) == (2, True)


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize("option", ["cleaning.mask_file", "birdies.birdie_file"])
def test_what_a_configuration_names_is_never_replaced(run: Run, recording: Path, tmp_path: Path, option: str) -> None:
    given, config = tmp_path / "given.txt", tmp_path / "cfg.toml"
    given.write_text("3 1")
    stage, name = option.split(".")
    config.write_text(f'[{stage}]\n{name} = "{given}"')
    done = run(recording, "-c", config, "--channels", given)
    assert (done.exit_code, "as input and as output" in done.stderr) == (2, True)
    search = CliRunner().invoke(group, ["search", str(recording), "-c", str(config), "-o", str(given)], prog_name="fastpipe")
    assert (search.exit_code, "as input and as output" in search.stderr) == (2, True)
    assert given.read_text() == "3 1"


@pytest.mark.usefixtures("finder")
def test_a_series_has_no_channels_to_compare(run: Run, tmp_path: Path) -> None:
    np.zeros(2048, np.float32).tofile(tmp_path / "a.dat")
    lines = {
        "Telescope used": "FAST",
        "Object being observed": "fake",
        "J2000 Right Ascension (hh:mm:ss.ssss)": "00:00:00",
        "J2000 Declination     (dd:mm:ss.ssss)": "00:00:00",
        "Epoch of observation (MJD)": "59000",
        "Barycentered?           (1 yes, 0 no)": "0",
        "Number of bins in the time series": "2048",
        "Width of each time series bin (sec)": "0.001",
        "Any breaks in the data? (1 yes, 0 no)": "0",
        "Dispersion measure (cm-3 pc)": "12.5",
        "Central freq of low channel (MHz)": "1050",
        "Total bandwidth (MHz)": "400",
        "Number of channels": "512",
        "Channel bandwidth (MHz)": "0.78125",
    }
    (tmp_path / "a.inf").write_text("".join(f" {name:<39}=  {value}\n" for name, value in lines.items()))
    done = run(tmp_path / "a.dat")
    assert done.exit_code == 2
    assert "found a series dedispersed at DM 12.5 in" in done.stderr
    assert "give the filterbank that it was made from" in done.stderr


def test_a_mask_of_the_command_serves_another_search(tmp_path: Path, finder: Finder, run: Run, recording: Path) -> None:
    run(recording, "-o", tmp_path / "mask.h5")
    assert finder.config == SearchConfig().cleaning
    from fastpipe.io.recordings import open_recording

    header = open_recording([recording]).header
    np.testing.assert_array_equal(read_rfi_mask(tmp_path / "mask.h5", header).mask, FINDINGS.mask.mask)
