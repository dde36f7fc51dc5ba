"""The subcommand for plans: what it prints, writes and refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fastpipe.algorithms.kernel_rates import kernel_probes, rates_of
from fastpipe.cli.main import group

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on a machine whose rates are known."""
    rates = rates_of(dict.fromkeys(kernel_probes(is_bytes=True), 1e-9))
    monkeypatch.setattr("fastpipe.pipeline.plan.machine_rates", lambda *_, **__: rates)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(group, ["plan", *map(str, arguments)], prog_name="fastpipe")

    return run


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "fake.fil"
    options = ("-o", path, "--duration", "2.5", "--tsamp", "0.001", "--nchans", "64")
    done = CliRunner().invoke(group, ["simulate", *map(str, options)], prog_name="fastpipe")
    assert done.exit_code == 0, done.output
    return path


def test_tables_and_figure(run: Run, recording: Path, tmp_path: Path) -> None:
    done = run(recording, "--dm-max", "60", "--threads", "2", "--plot", tmp_path / "plan.png")
    assert done.exit_code == 0, done.output
    for words in ("DM from", "pass", "Fourier search", "with 2 threads", f"figure     {tmp_path / 'plan.png'}"):
        assert words in done.stdout
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")
    assert run(recording, "--quiet").output == ""


def test_json(run: Run, recording: Path, tmp_path: Path) -> None:
    (tmp_path / "cfg.toml").write_text("[dedispersion]\ndm_min = 20\ncoherent_dm = 30")
    done = run(recording, "-c", tmp_path / "cfg.toml", "--dm-max", "60", "--json", "--quiet")
    content = json.loads(done.stdout)
    assert content["ranges"][0]["dm_min"] == 20.0
    assert content["ranges"][-1]["dm_max"] <= 60.0
    assert set(content["ranges"][0]["snr_kept"]) == {"0.001", "0.005", "0.05"}
    assert content["wall_s"] == pytest.approx(sum(stage["wall_s"] for stage in content["stages"]))
    assert content["peak_bytes"] == max(reading["peak_bytes"] for reading in content["passes"])


def test_what_is_refused(run: Run, recording: Path, tmp_path: Path) -> None:
    done = run(recording, "--memory", "520MiB")
    assert (done.exit_code, "expected at least" in done.stderr) == (6, True)
    done = run(recording, "--plot", recording)
    assert (done.exit_code, "as input and as output" in done.stderr) == (2, True)
    done = run(recording, "--dm-min", "-1")
    assert (done.exit_code, "dm_min" in done.stderr) == (2, True)
    assert run(tmp_path / "none.fil").exit_code == 3


def test_a_single_channel_has_nothing_to_plan(run: Run, tmp_path: Path) -> None:
    options = ("-o", tmp_path / "one.fil", "--duration", "2.5", "--tsamp", "0.001", "--nchans", "1")
    CliRunner().invoke(group, ["simulate", *map(str, options)], prog_name="fastpipe")
    done = run(tmp_path / "one.fil")
    assert done.exit_code == 2
    assert "found a single channel in" in done.stderr
