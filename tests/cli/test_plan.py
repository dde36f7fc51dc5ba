"""The subcommand for plans: what it prints, writes and refuses."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fastpipe.algorithms.kernel_rates import kernel_probes, rates_of
from fastpipe.cli.main import group

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on a machine whose rates are known."""
    rates = replace(rates_of(dict.fromkeys(kernel_probes(is_bytes=True), 1e-9)), acceleration=1e-9)
    monkeypatch.setattr("fastpipe.pipeline.machine_rates.machine_rates", lambda *_, **__: rates)
    monkeypatch.setattr("fastpipe.pipeline.machine_rates.reading_rate", lambda *_: 1e-10)
    # A recording as short as that of these tests takes less time than the start of the program.
    monkeypatch.setattr("fastpipe.pipeline.cost.START_S", 0.0)

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


def test_drifts_have_a_range_and_a_price(run: Run, recording: Path) -> None:
    options = (recording, "--dm-max", "60", "--accel-max", "1e5", "--jerk-max", "1e6")
    text = run(*options).stdout
    assert "search for drifts" in text
    assert "drifts     up to 2 Fourier bins: 100000 m/s^2" in text
    assert "that change by up to 20 bins: 1e+06 m/s^3" in text
    content = json.loads(run(*options, "--json").stdout)
    assert (content["zmax"], content["wmax"]) == (2.0, 20.0)
    text = run(recording, "--zmax", "30").stdout
    assert "drifts     up to 30 Fourier bins: " in text
    assert " m/s^2 for a harmonic at 100 Hz" in text
    assert "drifts     none: what is asked for moves no harmonic by a bin" in run(recording, "--accel-max", "1").stdout
    assert "m/s^2 for harmonics below " in run(recording, "--accel-max", "2e5", "--zmax", "2").stdout
    assert "drifts" not in run(recording).stdout


def test_json(run: Run, recording: Path, tmp_path: Path) -> None:
    (tmp_path / "cfg.toml").write_text("[dedispersion]\ndm_min = 20\ncoherent_dm = 30")
    done = run(recording, "-c", tmp_path / "cfg.toml", "--dm-max", "60", "--json", "--quiet")
    content = json.loads(done.stdout)
    assert content["ranges"][0]["dm_min"] == 20.0
    assert content["ranges"][-1]["dm_max"] <= 60.0
    assert set(content["ranges"][0]["snr_kept"]) == {"0.001", "0.005", "0.05"}
    assert content["wall_s"] == pytest.approx(sum(stage["wall_s"] for stage in content["stages"]))
    assert content["peak_bytes"] >= max(reading["peak_bytes"] for reading in content["passes"])


def test_what_is_refused(run: Run, recording: Path, tmp_path: Path) -> None:
    done = run(recording, "--memory", "380MiB")
    assert (done.exit_code, "expected at least" in done.stderr) == (6, True)
    done = run(recording, "--plot", recording)
    assert (done.exit_code, "as input and as output" in done.stderr) == (2, True)
    done = run(recording, "--dm-min", "-1")
    assert (done.exit_code, "dm_min" in done.stderr) == (2, True)
    assert run(tmp_path / "none.fil").exit_code == 3


@pytest.mark.parametrize(
    ("options", "message"), [('position = "abc"', "'abc'"), ('frame = "barycentric"', "found no position of the source")]
)
def test_what_the_search_refuses_is_not_planned(
    run: Run, recording: Path, tmp_path: Path, options: str, message: str
) -> None:
    (tmp_path / "cfg.toml").write_text(f"[barycentre]\n{options}")
    done = run(recording, "-c", tmp_path / "cfg.toml")
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_deadline_says_what_it_costs(run: Run, recording: Path) -> None:
    asked = json.loads(run(recording, "--json", "--quiet").stdout)
    assert asked["deadline"] is None
    deadline = f"{0.9 * asked['wall_s']:.6f}s"
    done = run(recording, "--deadline", deadline)
    assert done.exit_code == 0, done.output
    text = " ".join(done.stdout.split())
    assert "min_downsample = " in text or "smearing_tolerance = " in text
    assert "of their S/N on average." in text
    found = json.loads(run(recording, "--deadline", deadline, "--json", "--quiet").stdout)
    assert found["wall_s"] == found["deadline"]["chosen"]["wall_s"] <= 0.9 * asked["wall_s"]
    assert found["deadline"]["asked"]["wall_s"] == asked["wall_s"]
    assert "nothing is given up" in " ".join(run(recording, "--deadline", "8h").stdout.split())


@pytest.mark.parametrize(
    ("deadline", "code", "message"),
    [("soon", 2, "found duration 'soon', expected a positive time with units"), ("0.00001s", 6, "expected at least 1 s")],
)
def test_deadlines_that_are_refused(run: Run, recording: Path, deadline: str, code: int, message: str) -> None:
    done = run(recording, "--deadline", deadline)
    assert (done.exit_code, message in done.stderr) == (code, True), done.output


def test_a_single_channel_has_nothing_to_plan(run: Run, tmp_path: Path) -> None:
    options = ("-o", tmp_path / "one.fil", "--duration", "2.5", "--tsamp", "0.001", "--nchans", "1")
    CliRunner().invoke(group, ["simulate", *map(str, options)], prog_name="fastpipe")
    done = run(tmp_path / "one.fil")
    assert done.exit_code == 2
    assert "found a single channel in" in done.stderr
