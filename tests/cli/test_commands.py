"""Every subcommand, run inside this process."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fastpipe.cli.main import group
from fastpipe.config import SearchConfig, parse_config
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.errors import FastpipeError, ResourceError
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from tests.fake_catalogue import fake_tables

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(group, [str(argument) for argument in arguments], prog_name="fastpipe")

    return run


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.h5"
    write_catalogue(path, fake_tables())
    return path


@pytest.fixture
def recording(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "fake.fil"
    done = run("simulate", "-o", path, "--duration", "2", "--tsamp", "0.001", "--nchans", "64", "--rfi", "--seed", "4")
    assert done.exit_code == 0, done.output
    return path


class Searches:
    """Stands in for the search: remembers what it was asked, and returns or raises what it is told to."""

    def __init__(self) -> None:
        self.config = SearchConfig()
        self.failure: BaseException | None = None

    def __call__(self, _paths: object, config: SearchConfig, output: Path, **_options: object) -> CatalogueTables:
        self.config = config
        if self.failure is not None:
            raise self.failure
        write_catalogue(output, fake_tables())
        return fake_tables()


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Searches:
    searches = Searches()
    monkeypatch.setattr("fastpipe.execution.search.search_to_catalogue", searches)
    return searches


def test_help_lists_all_subcommands(run: Run) -> None:
    done = run("--help")
    assert done.exit_code == 0
    assert all(name in done.stdout for name in ("info", "rfi", "search", "show", "plot", "simulate", "config"))


def test_config_prints_the_default(run: Run) -> None:
    assert parse_config(run("config").stdout) == SearchConfig()


def test_simulate_tells_the_truth(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fake.fil"
    done = run("simulate", "-o", path, "--duration", "1", "--tsamp", "0.001", "--nchans", "16", "--period", "0.05", "--json")
    truth = json.loads(done.stdout)
    assert (truth["period_s"], truth["nsamples"], truth["snr"]) == (0.05, 1000, 30.0)
    assert [path.name for path in tmp_path.iterdir()] == ["fake.fil"]


def test_simulate_noise_alone(run: Run, tmp_path: Path) -> None:
    done = run(
        "simulate", "-o", tmp_path / "fake.fil", "--duration", "1", "--tsamp", "0.001", "--nchans", "16", "--snr", "0"
    )
    assert "pulsar        None" in done.stdout


def test_simulate_refuses_impossible_numbers(run: Run, tmp_path: Path) -> None:
    done = run("simulate", "-o", tmp_path / "fake.fil", "--tsamp", "0")
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "correct --duration or --tsamp" in done.stderr


def test_info_shows_header_band_and_oddities(run: Run, recording: Path) -> None:
    text = run("info", recording).stdout
    assert "length     2 s: 2000 samples of 1000 us" in text
    assert "1053.125 to 1446.875 MHz: 64 channels of 6.25 MHz" in text
    assert "odd: 1 of 64 channels never change" in text


def test_info_for_machines(run: Run, recording: Path) -> None:
    content = json.loads(run("info", "--json", recording).stdout)
    assert (content["nchans"], content["dead_channels"], len(content["channel_mean"])) == (64, [16], 64)


def test_search_prints_table_and_writes_catalogue(run: Run, searches: Searches, tmp_path: Path) -> None:
    output = tmp_path / "out.h5"
    done = run(
        "search",
        "x.fil",
        "-o",
        output,
        "--dm-max",
        "70",
        "--threads",
        "1",
        "--serial",
        "--zero-dm",
        "on",
        "--memory",
        "2GiB",
    )
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[1].split()[:3] == ["1", "163.7251", "112.40"]
    assert lines[-3].startswith("10 detections: 3 kept")
    assert lines[-2] == "Periods are topocentric, epochs UTC."
    assert lines[-1] == f"Catalogue: {output}"
    assert len(read_catalogue(output).candidates) == 3
    config = searches.config
    assert (config.dedispersion.dm_max, config.execution.threads, config.execution.scheduler) == (70.0, 1, "serial")
    assert (config.cleaning.zero_dm, config.execution.memory) == ("on", "2GiB")


@pytest.mark.usefixtures("searches")
def test_search_draws_plots(run: Run, tmp_path: Path) -> None:
    done = run("search", "x.fil", "-o", tmp_path / "out.h5", "--plots", tmp_path / "plots")
    assert done.stdout.splitlines()[-1] == f"Figures: 6 in {tmp_path / 'plots'}"


@pytest.mark.usefixtures("searches")
def test_quiet_search_says_nothing(run: Run, tmp_path: Path) -> None:
    assert run("search", "x.fil", "-o", tmp_path / "out.h5", "--quiet").output == ""


@pytest.mark.usefixtures("searches")
def test_search_for_machines(run: Run, tmp_path: Path) -> None:
    content = json.loads(run("search", "x.fil", "-o", tmp_path / "out.h5", "--json").stdout)
    assert content["candidates"][0]["dm"] == 112.4
    assert sum(content["detections_by_fate"].values()) == 10


def test_options_override_the_file(run: Run, searches: Searches, tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text("[dedispersion]\ndm_max = 80\ndm_min = 5")
    run("search", "x.fil", "-o", tmp_path / "out.h5", "-c", path, "--dm-max", "90")
    assert (searches.config.dedispersion.dm_min, searches.config.dedispersion.dm_max) == (5.0, 90.0)


@pytest.mark.usefixtures("searches")
def test_search_never_replaces_its_input(run: Run, recording: Path) -> None:
    before = recording.read_bytes()
    done = run("search", recording, "-o", recording)
    assert (done.exit_code, recording.read_bytes() == before) == (2, True)
    assert "as input and as output" in done.stderr


@pytest.mark.usefixtures("searches")
def test_search_never_replaces_its_configuration(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "search.toml"
    path.write_text("")
    assert run("search", "x.fil", "-o", path, "-c", path).exit_code == 2
    assert path.read_bytes() == b""


@pytest.mark.usefixtures("searches")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "x.fil"], 2, "Missing option '-o'"),
        (["search", "-o", "x.h5"], 2, "Missing argument"),
        (["search", "x.fil", "-o", "x.h5", "--accelerate", "3"], 2, "No such option"),
        (["search", "x.fil", "-o", "none/x.h5"], 2, "found no folder none for x.h5"),
        (["search", "x.fil", "-o", "."], 2, "found a folder at ."),
        (["search", "x.fil", "-o", "x.h5", "--dm-max", "-4"], 2, "found dm_max = -4.0"),
        (["search", "x.fil", "-o", "x.h5", "--deadline", "soon"], 2, "found duration 'soon'"),
        (["search", "x.fil", "-o", "x.h5", "-c", "none.toml"], 3, "found no readable file at none.toml"),
        (["info", "none.fil"], 3, "none.fil"),
        (["show", "none.h5"], 3, "none.h5"),
        (["plot", "none.h5", "1", "-o", "plots"], 3, "none.h5"),
        (["plot", "none.h5", "-o", "plots"], 2, "--sheet for the best"),
        (["plot", "none.h5", "1", "--all", "-o", "plots"], 2, "or --all for every one of them"),
        (["search", "x.fil", "-o", "/dev/null"], 2, "found /dev/null to be no regular file"),
        (["search", "x.fil", "-o", "x.h5", "--plots", "x.h5"], 2, "as catalogue and as folder for figures"),
        (["search", "x.fil", "-o", "x.h5", "--plots", __file__], 2, "found a file at"),
        (["search", "x.fil", "-o", f"{'x' * 300}.h5"], 3, "File name too long"),
        (["show", "none.h5", "--rejected", "--sort", "dm"], 2, "leave out CAND_ID, --sort and --min-score"),
        (["show", "none.h5", "1", "-n", "3"], 2, "one candidate is shown in full"),
        (["show", "none.h5", "--min-score", "nan"], 2, "expected 0 to 1"),
        (["serch"], 2, "expected one of info, plan, rfi, search"),
        (["config", "--sort"], 2, "No such option"),
    ],
)
def test_failures(run: Run, arguments: list[str], code: int, message: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert message in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (ResourceError("found 1 GiB, expected 2; buy more"), 6, "fastpipe search: found 1 GiB, expected 2; buy more"),
        (FastpipeError("found a failed stage"), 10, "found a failed stage"),
        (MemoryError(), 6, "smaller --memory"),
        (PermissionError(13, "Permission denied", "x.fil"), 3, "found no usable file at x.fil (Permission denied)"),
        (OSError(28, "No space left on device"), 6, "found no room left"),
        (OSError(5, "Input/output error", "x.fil"), 75, "later"),
        (OSError(36, "File name too long", "x.h5"), 3, "found no usable file at x.h5 (File name too long)"),
        (KeyboardInterrupt(), 130, "what was finished is kept"),
        (ZeroDivisionError("by zero"), 10, "unexpected ZeroDivisionError (by zero)"),
    ],
)
def test_exit_codes(run: Run, searches: Searches, failure: BaseException, code: int, message: str, tmp_path: Path) -> None:
    searches.failure = failure
    done = run("search", "x.fil", "-o", tmp_path / "out.h5")
    assert (done.exit_code, list(tmp_path.iterdir())) == (code, [])
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--debug", "search"], ["search", "--debug"]])
def test_debug_shows_the_traceback(run: Run, searches: Searches, arguments: list[str], tmp_path: Path) -> None:
    searches.failure = ZeroDivisionError("by zero")
    done = run(*arguments, "x.fil", "-o", tmp_path / "out.h5")
    assert done.exit_code == 10
    assert "Traceback" in done.stderr


def test_show_lists_sorts_and_cuts(run: Run, catalogue: Path) -> None:
    def shown(*options: str) -> list[str]:
        lines = run("show", catalogue, *options).stdout.splitlines()
        return [line.split()[0] for line in lines[1 : lines.index("")]]

    assert shown() == ["1", "2", "3"]
    assert shown("--sort", "period") == ["3", "1", "2"]
    assert shown("--sort", "score", "--min-score", "0.5") == ["1", "2"]
    assert shown("-n", "1") == ["1"]
    assert run("show", catalogue, "--min-score", "1").stdout.startswith("No candidates.")


def test_show_one(run: Run, catalogue: Path) -> None:
    text = run("show", catalogue, "1").stdout
    assert "spin period at the epoch" in text
    assert "duplicate of detection 3" in text
    content = json.loads(run("show", catalogue, "1", "--json").stdout)
    assert [row["det_id"] for row in content["detections"]] == [1, 2, 3, 4]
    missing = run("show", catalogue, "9")
    assert (missing.exit_code, "expected 1 to 3" in missing.stderr) == (2, True)


def test_show_rejected(run: Run, catalogue: Path) -> None:
    lines = run("show", catalogue, "--rejected", "-n", "2").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["6", "2", "..."]
    assert len(json.loads(run("show", catalogue, "--rejected", "--json").stdout)) == 7


def test_plot_writes_figures(run: Run, catalogue: Path, tmp_path: Path) -> None:
    done = run("plot", catalogue, "1", "-o", tmp_path / "plots")
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    assert names == {"candidate_001.png", "bandpass_1.png", "overview.png"}
    assert len(run("plot", catalogue, "--all", "-o", tmp_path / "all").stdout.splitlines()) == 6


def test_plot_draws_the_sheet_alone(run: Run, catalogue: Path, tmp_path: Path) -> None:
    assert run("plot", catalogue, "--sheet", "-o", tmp_path / "sheet").exit_code == 0
    assert [path.name for path in (tmp_path / "sheet").iterdir()] == ["contact_sheet.png"]


def test_plot_writes_pdf(run: Run, catalogue: Path, tmp_path: Path) -> None:
    run("plot", catalogue, "2", "--sheet", "--format", "pdf", "-o", tmp_path / "one")
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {"contact_sheet.pdf", "candidate_002.pdf", "bandpass_1.pdf", "overview.pdf"}
    run("plot", catalogue, "--all", "--format", "pdf", "-o", tmp_path / "all")
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"candidates.pdf", "bandpass_1.pdf", "overview.pdf"}
    # The sheet, and a page for each of the three candidates.
    assert (tmp_path / "all" / "candidates.pdf").read_bytes().count(b"/Type /Page ") == 4


def test_plot_draws_a_candidate_once(run: Run, catalogue: Path, tmp_path: Path) -> None:
    assert len(run("plot", catalogue, "1", "1", "-o", tmp_path / "plots").stdout.splitlines()) == 3


def test_interrupted_figures_leave_nothing(
    run: Run, catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupt)
    assert run("plot", catalogue, "1", "-o", tmp_path / "plots").exit_code == 130
    assert list((tmp_path / "plots").iterdir()) == []
