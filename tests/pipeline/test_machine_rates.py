"""Rates of this machine: measured once, kept, and measured anew where they do not fit."""

import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from numba import config

from fastpipe.algorithms.kernel_rates import Probe, harmonic_work, kernel_probes, rates_of
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.rate_file import read_rates, write_rates
from fastpipe.pipeline.machine_rates import machine_rates, reading_rate
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import simulated

EXECUTOR = SerialExecutor(SilentProgress(), StageLedger())
NAMES = list(kernel_probes(is_bytes=True))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Probes that take no time, and the names of those that ran; rates are kept in a folder of the test."""
    ran: list[str] = []

    def prepare(name: str) -> Callable[[], Probe]:
        return lambda: Probe(1.0, lambda: ran.append(name), repeats=0)

    monkeypatch.setattr("fastpipe.pipeline.machine_rates.kernel_cache_folder", lambda: tmp_path)
    monkeypatch.setattr("fastpipe.pipeline.machine_rates.kernel_probes", lambda **_: {name: prepare(name) for name in NAMES})
    return ran


def test_rates_are_measured_once(measured: list[str], tmp_path: Path) -> None:
    rates = machine_rates(EXECUTOR, is_bytes=True)
    assert measured == NAMES
    assert machine_rates(EXECUTOR, is_bytes=True) == rates
    assert measured == NAMES
    machine_rates(EXECUTOR, is_bytes=False)
    assert measured == 2 * NAMES
    assert len(list(tmp_path.glob("rates-*.json"))) == 2


def test_the_rate_of_drifts_is_added_where_it_is_asked_for(
    measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe(2.0, lambda: measured.append("acceleration"), repeats=0)
    monkeypatch.setattr("fastpipe.pipeline.machine_rates.acceleration_probe", lambda: probe)
    without = machine_rates(EXECUTOR, is_bytes=True)
    assert without.acceleration is None
    rates = machine_rates(EXECUTOR, is_bytes=True, with_drifts=True)
    assert measured == [*NAMES, "acceleration"]
    assert replace(rates, acceleration=None) == without
    assert machine_rates(EXECUTOR, is_bytes=True, with_drifts=True) == machine_rates(EXECUTOR, is_bytes=True) == rates
    assert measured == [*NAMES, "acceleration"]
    # Rates that were kept before there were drifts have no such line.
    (path,) = tmp_path.glob("rates-*.json")
    path.write_text(re.sub(r', "acceleration": [^}]*', "", path.read_text()))
    assert machine_rates(EXECUTOR, is_bytes=True) == without


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"machine": "this", "rates": {"digest": 1}}'])
def test_a_file_that_makes_no_sense_is_measured_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "rates.json").write_text(content)
    assert read_rates(tmp_path / "rates.json", "this") is None


def test_rates_of_another_machine_are_not_used(tmp_path: Path) -> None:
    rates = rates_of(dict.fromkeys(NAMES, 1e-9))
    write_rates(tmp_path / "rates.json", "this", rates)
    assert read_rates(tmp_path / "rates.json", "this") == rates
    assert read_rates(tmp_path / "rates.json", "other") is None
    assert read_rates(tmp_path / "none.json", "this") is None
    write_rates(tmp_path / "none" / "rates.json", "this", rates)


def test_differences_of_probes_are_rates_of_what_cannot_be_done_alone() -> None:
    seconds = dict.fromkeys(NAMES, 0.0) | {"cleaning": 5.0, "cleaning to a quarter": 2.0, "one harmonic": 30.0}
    rates = rates_of(seconds | {"all harmonics": 40.0, "transform": 1.0})
    assert (rates.clean_input, rates.clean_output) == (1.0, 4.0)
    assert 0 < rates.spectra < 30.0
    assert rates.harmonics > 0


def test_harmonic_work_counts_what_each_sum_adds() -> None:
    # Two half bins a bin and harmonic: from 10 to 100 Hz in 1 s there are 181 rows of one harmonic, 361 of two.
    assert harmonic_work(1000, 1e-3, (10.0, 100.0), 1) == 0.0
    assert harmonic_work(1000, 1e-3, (10.0, 100.0), 2) == 361.0
    assert harmonic_work(1000, 1e-3, (10.0, 100.0), 4) == 361.0 + 2 * 721


def test_reading_is_timed_on_the_recording() -> None:
    recording = simulated(FilterbankShape(nchans=16, nsamples=4096), None)
    assert 0 <= reading_rate(recording) < 1e-3


@pytest.mark.skipif(config.DISABLE_JIT, reason="minutes without the compiler")
@pytest.mark.slow
@pytest.mark.parametrize("is_bytes", [True, False])
def test_the_probes_run(is_bytes: bool) -> None:
    seconds = {}
    for name, prepare in kernel_probes(is_bytes=is_bytes).items():
        probe = prepare()._replace(repeats=0)
        seconds[name] = probe.seconds() / probe.work
        assert probe.work > 0
    rates = asdict(rates_of(seconds))
    assert rates.pop("acceleration") is None
    assert all(value >= 0 for value in rates.values())
