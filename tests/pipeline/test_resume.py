"""Searches that are run again: what is there is not made again, what is missing is, and the result is the same."""

import logging
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastpipe.config import override
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.machine import make_budget
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.recordings import open_recording
from fastpipe.io.rfi_mask_file import write_rfi_mask
from fastpipe.io.run_folder import RunFolder
from fastpipe.io.score_model import load_score_model, write_score_model
from fastpipe.io.sigproc import write_filterbank
from fastpipe.pipeline.clean_step import clean_step
from fastpipe.pipeline.search_setup import set_up
from fastpipe.pipeline.store import address_of
from fastpipe.pipeline.trial_search import plan_trial_search, search_trials
from tests.pipeline.kept_searches import CONFIG, PARTS, part_of, search, write_recording
from tests.result_bytes import result_bytes


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recording(tmp_path_factory.mktemp("recording") / "x.fil")


@pytest.fixture(scope="module")
def full_folder(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a whole search."""
    folder = tmp_path_factory.mktemp("full")
    search(recording, folder)
    return folder


@pytest.fixture(scope="module")
def expected(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The catalogue of a search that keeps nothing."""
    return result_bytes(search(recording, None).tables, tmp_path_factory.mktemp("expected"))


@pytest.fixture
def folder(full_folder: Path, tmp_path: Path) -> Path:
    """A copy of the run folder of a whole search."""
    return Path(shutil.copytree(full_folder, tmp_path / "x.h5.run"))


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoint files, by part."""
    return sorted(folder.glob("*.checkpoint"), key=lambda path: (PARTS.index(part_of(path.name)), path.name))


def test_a_first_search_keeps_every_part_once(recording: Path, expected: bytes, tmp_path: Path) -> None:
    done = search(recording, tmp_path)
    nshards = done.store.told[-1][0]
    assert nshards >= 4
    assert done.store.saved_parts == {"clean": 1, "birdies": 1, "shard": nshards, "folds": 1}
    assert done.store.told == [(nshards, count, 0) for count in range(1, nshards + 1)]
    assert not done.store.found
    assert result_bytes(done.tables, tmp_path) == expected
    assert len(done.tables.candidates) >= 1


def test_a_second_search_makes_nothing(recording: Path, folder: Path, expected: bytes, tmp_path: Path) -> None:
    done = search(recording, folder)
    assert not done.store.saved
    assert {record.stage for record in done.records} <= {"digest of the files"}
    nshards = done.store.told[-1][0]
    assert done.store.told == [(nshards, count, count) for count in range(1, nshards + 1)]
    assert result_bytes(done.tables, tmp_path) == expected


def _damage(path: Path, how: int, random: np.random.Generator) -> None:
    """Remove a file, or damage it in one of four ways."""
    content, place = path.read_bytes(), int(random.integers(path.stat().st_size))
    match how:
        case 0:
            path.unlink()
        case 1:
            path.write_bytes(content[:place])
        case 2:
            path.write_bytes(content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :])
        case 3:
            path.write_bytes(b"")
        case _:
            path.write_bytes(random.bytes(len(content)))


@pytest.mark.parametrize("seed", range(12))
def test_only_what_is_missing_is_made_again(
    recording: Path, folder: Path, expected: bytes, seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    random = np.random.default_rng(seed)
    files = checkpoints(folder)
    # From a single part to nearly all of them.
    chosen = [path for path in files if random.random() < (seed + 1) / 13] or files[:1]
    damaged = []
    for path in chosen:
        how = int(random.integers(5))
        _damage(path, how, random)
        damaged += [path] if how else []
    with caplog.at_level(logging.WARNING, "fastpipe"):
        done = search(recording, folder)
    assert sorted(done.store.saved) == sorted(path.stem for path in chosen)
    assert sorted(done.store.found) == sorted({path.stem for path in files} - {path.stem for path in chosen})
    # Every shard is one lane block here.
    assert done.ntasks("Fourier search") == done.store.saved_parts["shard"]
    warnings = [message for message in caplog.messages if "is computed again" in message]
    assert sorted(warnings) == sorted(f"{path} is damaged; what it held is computed again" for path in damaged)
    assert result_bytes(done.tables, tmp_path) == expected
    assert not search(recording, folder).store.saved


@pytest.mark.parametrize("part", PARTS)
def test_each_part_alone(recording: Path, folder: Path, expected: bytes, part: str, tmp_path: Path) -> None:
    path = next(path for path in checkpoints(folder) if part_of(path.name) == part)
    path.unlink()
    done = search(recording, folder)
    assert done.store.saved == [path.stem]
    assert result_bytes(done.tables, tmp_path) == expected


def test_a_checkpoint_of_another_part_is_no_result(recording: Path, folder: Path, expected: bytes, tmp_path: Path) -> None:
    first, second = [path for path in checkpoints(folder) if part_of(path.name) == "shard"][:2]
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    done = search(recording, folder)
    assert sorted(done.store.saved) == sorted([first.stem, second.stem])
    assert result_bytes(done.tables, tmp_path) == expected


ALL, SEARCHED = PARTS, ("shard", "folds")
CHANGES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "cleaning": ({"spread_sigma": 4.0}, ALL),
    "masked channels": ({"mask_channels": "3"}, ALL),
    "zero-DM filter": ({"zero_dm": "on"}, ALL),
    "DM range": ({"dm_max": 110.0}, ("birdies", *SEARCHED)),
    "birdies": ({"birdie_sigma": 6.0}, ("birdies", *SEARCHED)),
    "frame": ({"frame": "topocentric"}, SEARCHED),
    "harmonics": ({"nharm_max": 16}, SEARCHED),
    "accelerations": ({"accel_max": 10.0}, SEARCHED),
    "threshold": ({"log10_fap_max": -1.0}, SEARCHED),
    "sifting": ({"max_candidates": 5}, ("folds",)),
    "folding": ({"nbins_max": 64}, ("folds",)),
    "threads": ({"scheduler": "threads", "threads": 2}, ()),
    "memory": ({"memory": "1GiB"}, ()),
    "chunks": ({"chunk_bytes": "64KiB"}, ()),
    "checkpoints": ({"checkpoints": "remove"}, ()),
    "known pulsars": ({"radius_arcmin": 30.0}, ()),
    "cost": ({"tariff_per_core_hour": 7.0, "currency": "euro"}, ()),
}


@pytest.mark.parametrize(("options", "parts"), CHANGES.values(), ids=CHANGES)
def test_a_changed_setting_redoes_what_it_touches(
    recording: Path, folder: Path, options: dict[str, Any], parts: tuple[str, ...], tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in checkpoints(folder)}
    done = search(recording, folder, override(CONFIG, **options))
    assert set(done.store.saved_parts) == set(parts)
    assert {part_of(address) for address in done.store.found} == set(PARTS) - set(parts)
    # What was there stays, for those who change their mind.
    assert {path.name: path.read_bytes() for path in checkpoints(folder)}.items() >= before.items()
    anew = search(recording, None, override(CONFIG, **options))
    assert result_bytes(done.tables, tmp_path) == result_bytes(anew.tables, tmp_path)
    assert not search(recording, folder).store.saved


def _search_with_file(recording: Path, folder: Path, **options: Any) -> set[str]:
    return set(search(recording, folder, override(CONFIG, **options)).store.saved_parts)


def test_what_files_of_options_hold_counts(recording: Path, folder: Path, tmp_path: Path) -> None:
    header, mask_file = open_recording([recording]).header, tmp_path / "mask.h5"
    reasons = np.zeros((2, header.nchans), np.uint16)
    for channel in (3, 4):
        reasons[:, channel] = 1
        write_rfi_mask(mask_file, header, RFIMask(reasons, header.nsamples // 2, header.nsamples))
        assert _search_with_file(recording, folder, mask_file=str(mask_file)) == set(ALL)
    assert _search_with_file(recording, folder, mask_file=str(mask_file)) == set()
    birdie_file = tmp_path / "birdies.txt"
    for line in ("12.5 0.01\n", "13.5 0.01\n"):
        birdie_file.write_text(line)
        assert _search_with_file(recording, folder, birdie_file=str(birdie_file)) == {"birdies", *SEARCHED}
    assert _search_with_file(recording, folder, birdie_file=str(birdie_file)) == set()
    model_file = tmp_path / "model.json"
    write_score_model(load_score_model(), model_file)
    assert _search_with_file(recording, folder, score_model=str(model_file)) == {"folds"}
    assert _search_with_file(recording, folder, score_model=str(model_file)) == set()


def test_what_the_user_says_of_telescopes_counts(
    recording: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    telescope, freq_mhz = (header := open_recording([recording]).header).telescope, float(header.chan_freqs_mhz[7])
    table = tmp_path / "config" / "fastpipe" / "telescopes.toml"
    table.parent.mkdir(parents=True)
    table.write_text(f'["{telescope}"]\nmask_mhz = [[{freq_mhz - 0.01}, {freq_mhz + 0.01}]]\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    done = search(recording, folder)
    assert set(done.store.saved_parts) == set(ALL)
    assert result_bytes(done.tables, tmp_path) == result_bytes(search(recording, None).tables, tmp_path)


def test_what_the_list_of_birdies_holds_counts_for_a_series(tmp_path: Path) -> None:
    samples = np.random.default_rng(5).normal(size=2**15).astype(np.float32)
    samples[::100] += 2.0
    header = replace(open_recording([write_recording(tmp_path / "x.fil")]).header, nchans=1, nbits=32, dm=50.0)
    header = replace(header, nsamples=len(samples))
    path, birdie_file = tmp_path / "x.tim", tmp_path / "birdies.txt"
    write_filterbank(path, header, [samples[:, None]])
    found = []
    for line in ("77.7 0.01\n", f"{0.01 / header.tsamp} 0.5 40\n"):
        birdie_file.write_text(line)
        config = override(CONFIG, birdie_file=str(birdie_file))
        found.append(search(path, tmp_path, config))
        fresh = search(path, None, config)
        assert result_bytes(found[-1].tables, tmp_path) == result_bytes(fresh.tables, tmp_path)
    assert found[1].store.saved_parts == {"folds": 1}


def test_birdies_are_kept_where_none_are_looked_for(recording: Path, tmp_path: Path) -> None:
    config = override(CONFIG, find_birdies=False)
    run = tmp_path / "run"
    run.mkdir()
    budget = make_budget(config.execution)
    executor, store = SerialExecutor(SilentProgress(), StageLedger()), RunFolder(run)
    setup = set_up(open_recording([recording]), config, budget, executor, store)
    trials = plan_trial_search(setup, clean_step(setup, executor, store))
    # What the first part of a search on a cluster does.
    search_trials(trials, executor, store, [])
    assert store.has(trials.birdies_address)


def test_one_changed_byte_of_the_recording_redoes_all(recording: Path, folder: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copy(recording, tmp_path / "moved.fil"))
    assert not search(moved, folder).store.saved
    with moved.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    assert set(search(moved, folder).store.saved_parts) == set(ALL)


EXECUTIONS: dict[str, dict[str, Any]] = {
    "one thread": {"scheduler": "threads", "threads": 1},
    "two threads": {"scheduler": "threads", "threads": 2},
    "short chunks": {"chunk_bytes": "20KiB"},
}


@pytest.mark.parametrize("is_kept", [False, True], ids=["nothing kept", "kept"])
@pytest.mark.parametrize("options", EXECUTIONS.values(), ids=EXECUTIONS)
def test_the_same_result_however_it_is_executed(
    recording: Path, expected: bytes, options: dict[str, Any], is_kept: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    done = search(recording, folder if is_kept else None, override(CONFIG, **options))
    assert result_bytes(done.tables, tmp_path) == expected


def test_the_same_result_in_any_memory_and_with_any_shards(recording: Path, tmp_path: Path) -> None:
    # Some ranges of DM hold many lane blocks here.
    config = override(CONFIG, dm_step=0.1, nsubints=8)
    expected = result_bytes(search(recording, None, config).tables, tmp_path)
    npasses, nshards, before = [], [], search(recording, tmp_path, config).store.saved_parts
    for memory, nthreads, shard_trials in (("400MiB", 1, 100), ("430MiB", 2, 512)):
        sized = override(config, shard_trials=shard_trials)
        done = search(recording, tmp_path, override(sized, memory=memory, scheduler="threads", threads=nthreads))
        npasses.append(Counter(record.stage for record in done.records)["dedispersion"])
        nshards.append(done.store.saved_parts["shard"])
        assert set(done.store.saved_parts) == set(SEARCHED)
        assert result_bytes(done.tables, tmp_path) == expected
        # Shards do not depend on the passes, so another memory finds all of them.
        assert not search(recording, tmp_path, sized).store.saved
    assert max(npasses) > 1
    assert before["shard"] > nshards[0] > nshards[1]


def test_addresses_of_different_things_differ() -> None:
    ingredients: list[tuple[Any, ...]] = [
        (),
        ("",),
        ("a", "b"),
        ("ab",),
        (["a", "b"],),
        (1,),
        (1.0,),
        ("1",),
        (np.arange(2),),
        (np.arange(2.0),),
        (np.arange(2)[None],),
        (CONFIG,),
        (override(CONFIG, nharm_max=8),),
    ]
    addresses = [address_of("shard", *each) for each in ingredients]
    assert len(set(addresses)) == len(addresses)
    assert address_of("clean") != address_of("shard")
    assert all(len(address) == len("shard-") + 40 for address in addresses)
