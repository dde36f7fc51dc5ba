"""Which observations an inbox holds, and when they are complete."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import FileLook, NightRules
from fastpipe.errors import ConfigError
from fastpipe.pipeline.night_names import folder_name, unique_names
from tests.pipeline.inboxes import FakeInbox, beam_file, contents, states

FOLDER = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+-]{0,119}")
SEVEN = "J1900-0134_tracking-M07"


def chained(number: int, source: str = "B0329+54", tobs_s: float = 10.0, late_s: float = 0.0) -> FileLook:
    """Look at the file `number` of an observation in pieces of 10 s."""
    tstart = 60000.0 + (10.0 * number + late_s) / SECONDS_PER_DAY
    return FileLook(source=source, tstart=tstart, tobs_s=tobs_s, tsamp=1e-3, shape=(64, 1e-3, None))


def test_one_beam_settles() -> None:
    inbox = FakeInbox()
    inbox.put(beam_file(7, 1))
    (found,) = inbox.poll()
    assert (found.name, found.state, found.beam, found.serials) == (SEVEN, "waiting", 7, (1,))
    assert found.reason == "1 of 1 files came or changed in the last 60 s."
    inbox.wait(59.9)
    assert states(inbox.poll()) == {SEVEN: "waiting"}
    inbox.wait(0.1)
    (found,) = inbox.poll()
    assert (found.name, found.state, found.reason) == (SEVEN, "complete", "")
    assert (found.source, found.pointing, found.entry) == ("J1900-0134", None, None)


def test_growing_file_is_never_complete() -> None:
    inbox = FakeInbox()
    for size in range(1, 60):
        inbox.put(beam_file(7, 1), nbytes=size)
        assert states(inbox.poll()) == {SEVEN: "waiting"}
        inbox.wait(59.0)


def test_key_changes_with_every_file() -> None:
    inbox = FakeInbox()
    inbox.put(beam_file(7, 1))
    keys = [inbox.settle()[0].key]
    assert inbox.poll()[0].key == keys[0]
    inbox.put(beam_file(7, 1), nbytes=2000)
    keys.append(inbox.settle()[0].key)
    inbox.put(beam_file(7, 2))
    keys.append(inbox.settle()[0].key)
    assert len(set(keys)) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


def test_gap_is_waited_for_and_then_cuts() -> None:
    inbox = FakeInbox()
    inbox.put(*(beam_file(7, serial) for serial in (2, 3, 5, 8, 9)))
    (found,) = inbox.settle()
    assert (found.name, found.state, found.reason) == (SEVEN, "waiting", "Serial numbers 0004, 0006-0007 are not there yet.")
    inbox.wait(899.0)
    assert states(inbox.poll()) == {SEVEN: "waiting"}
    inbox.wait(1.0)
    observations = inbox.poll()
    assert {one.name: one.serials for one in observations} == {SEVEN: (2, 3), f"{SEVEN}_0005": (5,), f"{SEVEN}_0008": (8, 9)}
    assert {(one.state, one.reason) for one in observations} == {("complete", "Serial numbers 0004, 0006-0007 are missing.")}
    inbox.put(beam_file(7, 4), beam_file(7, 6), beam_file(7, 7))
    (found,) = inbox.settle()
    assert (found.name, found.state, found.serials) == (SEVEN, "complete", tuple(range(2, 10)))


def test_beam_that_lags_behind_is_waited_for() -> None:
    inbox = FakeInbox()
    inbox.put(*(beam_file(1, serial) for serial in (1, 2, 3)), beam_file(2, 1), beam_file(2, 2))
    first, second = inbox.settle()
    assert (first.state, second.state) == ("complete", "waiting")
    assert second.reason == "Serial numbers 0003 are not there yet."
    second = inbox.give_up()[1]
    assert (second.state, second.serials, second.reason) == ("complete", (1, 2), "Serial numbers 0003 are missing.")


def test_while_other_beams_arrive_a_beam_waits_with_patience() -> None:
    inbox = FakeInbox()
    inbox.put(beam_file(1, 1))
    inbox.poll()
    for size in range(1, 40):
        inbox.put(beam_file(2, 1), nbytes=size)
        found = states(inbox.poll())
        assert found["J1900-0134_tracking-M01"] == ("waiting" if inbox.now_s < 960.0 else "complete")
        assert found["J1900-0134_tracking-M02"] == "waiting"
        inbox.wait(30.0)
    assert inbox.now_s > 960.0


def test_file_that_stays_unreadable_is_bad_and_leaves_a_gap() -> None:
    bad = beam_file(7, 2)
    inbox = FakeInbox(looks={bad: FileLook(error="found 3 of 8 rows")})
    inbox.put(*(beam_file(7, serial) for serial in (1, 2, 3)))
    (found,) = inbox.settle()
    assert (found.name, found.state, found.reason) == (SEVEN, "waiting", "It may not be all there: found 3 of 8 rows.")
    observations = {one.name: one for one in inbox.give_up()}
    assert contents(observations.values()) == {
        SEVEN: [beam_file(7, 1)],
        f"{SEVEN}_0002": [bad],
        f"{SEVEN}_0003": [beam_file(7, 3)],
    }
    assert [observations[name].state for name in sorted(observations)] == ["complete", "bad", "complete"]
    assert observations[f"{SEVEN}_0002"].reason == "found 3 of 8 rows"
    inbox.looks = {}
    inbox.put(bad, nbytes=2000)
    assert states(inbox.settle()) == {SEVEN: "complete"}


def test_one_bad_file_alone_keeps_the_name() -> None:
    inbox = FakeInbox(looks={beam_file(7, 1): FileLook(error="found nothing")})
    inbox.put(beam_file(7, 1), "x.fil")
    assert states(inbox.give_up()) == {SEVEN: "bad", "x": "complete"}


def test_doubtful_file_waits_and_then_counts() -> None:
    inbox = FakeInbox(looks={"x.fits": FileLook(doubt="found 7 bytes too much")})
    inbox.put("x.fits")
    (found,) = inbox.settle()
    assert (found.state, found.reason) == ("waiting", "It may not be all there: found 7 bytes too much.")
    (found,) = inbox.give_up()
    assert (found.state, found.reason) == ("complete", "found 7 bytes too much")


def test_what_is_cleared_away_is_not_taken_for_a_new_observation() -> None:
    inbox = FakeInbox()
    inbox.put(*(beam_file(7, serial) for serial in range(1, 30)), "x_1.fil", "x_2.fil")
    inbox.looks = {"x_1.fil": chained(1), "x_2.fil": chained(2)}
    assert states(inbox.settle()) == {SEVEN: "complete", "x_1": "complete"}
    for serial in range(1, 30):
        inbox.sizes.pop("x_1.fil", None)
        del inbox.sizes[beam_file(7, serial)]
        inbox.wait(100.0)
        assert "complete" not in states(inbox.poll()).values() or serial > 10
    assert states(inbox.poll()) == {"x_2": "complete"}


def test_files_that_follow_one_another_are_one_observation() -> None:
    names = {"b.fil": chained(1, late_s=1e-3), "a.fil": chained(2), "c.fil": chained(4), "d.fil": chained(3, source="Vela")}
    inbox = FakeInbox(looks=names)
    inbox.put(*names)
    assert contents(inbox.settle()) == {"b": ["b.fil", "a.fil"], "c": ["c.fil"], "d": ["d.fil"]}


@pytest.mark.parametrize("late_s", [-0.01, 0.01, 1.0, 10.0])
def test_files_with_a_gap_are_not(late_s: float) -> None:
    inbox = FakeInbox(looks={"a.fil": chained(1), "b.fil": chained(2, late_s=late_s)})
    inbox.put("a.fil", "b.fil", "other/c.fil", "c.fits")
    assert contents(inbox.settle()) == {"a": ["a.fil"], "b": ["b.fil"], "c": ["c.fits"], "other_c": ["other/c.fil"]}


def test_next_file_of_a_series_of_names_is_waited_for() -> None:
    inbox = FakeInbox(looks={"x_0001.fil": chained(1), "x_0002.fil": chained(2)})
    inbox.put("x_0001.fil", "y.fil")
    inbox.poll()
    inbox.wait(50.0)
    inbox.put("x_0002.fil")
    inbox.poll()
    inbox.wait(50.0)
    assert states(inbox.poll()) == {"x_0001": "waiting", "x_0002": "waiting", "y": "complete"}
    inbox.wait(50.0)
    assert contents(inbox.poll()) == {"x_0001": ["x_0001.fil", "x_0002.fil"], "y": ["y.fil"]}


def test_serial_numbers_of_different_observations() -> None:
    names = ["scan_obs_0001.fil", "scan_obs_0002.fil", "scan_obs_0003.fil", "scan_obs_0004.fil"]
    inbox = FakeInbox(looks=dict(zip(names, [chained(1), chained(2), chained(2000), chained(1)], strict=True)))
    inbox.put(*names)
    expected = {"scan_obs": names[:2], "scan_obs_0003": names[2:3], "scan_obs_0004": names[3:]}
    assert contents(inbox.settle()) == expected
    # Of equal dates, as of files that repeat the start of the scan, the numbers count.
    inbox.looks = dict.fromkeys(names, chained(1))
    inbox.seen.clear()
    assert contents(inbox.settle()) == {"scan_obs": names}


def test_presto_series_is_two_files() -> None:
    inbox = FakeInbox()
    inbox.put("x_DM1.00.dat", "x_DM1.00.inf", "x_DM2.00.dat", "x_DM2.00.inf")
    assert contents(inbox.settle()) == {
        "x_DM1.00": ["x_DM1.00.dat", "x_DM1.00.inf"],
        "x_DM2.00": ["x_DM2.00.dat", "x_DM2.00.inf"],
    }


def test_folders_and_formats_are_apart() -> None:
    inbox = FakeInbox()
    inbox.put(*(f"J1900/{date}/{beam_file(7, 1)}" for date in ("20261121", "20261122")), "a/b_x.fil", "a_b/x.fil")
    inbox.put(
        "z.fil", "z.fits", "z.sf", beam_file(7, 1), beam_file(7, 1, ".fil"), "G57_20190321_snapshot-M01-P2-c2048b1.fits"
    )
    observations = inbox.settle()
    names = states(observations)
    expected = {f"J1900_20261121_{SEVEN}", f"J1900_20261122_{SEVEN}", SEVEN, "z", "a_b_x"}
    assert expected < set(names)
    assert len(names) == 10
    found = contents(observations)
    assert (found["z"], found[SEVEN]) == (["z.fits"], [beam_file(7, 1)])
    snapshot = next(one for one in observations if one.pointing)
    assert (snapshot.name, snapshot.pointing, snapshot.serials) == ("G57_20190321_snapshot-M01-P2-c2048b1", 2, ())


def test_manifest_names_observations() -> None:
    named = ManifestEntry(files=("x*.fil", "deep/y.fil"), name="joint", dm_max=70.0)
    other = ManifestEntry(files=("*-M07_000[12].fits",), dm_min=5.0)
    part = ManifestEntry(files=("*-M08_*[24].fits",), name="part")
    inbox = FakeInbox(
        entries=(named, other, part), looks={"x2.fil": chained(1), "x1.fil": chained(5), "deep/y.fil": chained(9)}
    )
    inbox.put("x1.fil", "x2.fil", "deep/y.fil", "z.fil")
    inbox.put(*(beam_file(beam, serial) for serial in (1, 2, 3, 4) for beam in (7, 8, 9)))
    observations = {one.name: one for one in inbox.give_up()}
    found = contents(observations.values())
    assert found["joint"] == ["x2.fil", "x1.fil", "deep/y.fil"]
    assert found["part"] == [beam_file(8, 2), beam_file(8, 4)]
    assert observations["joint"].entry is named
    assert observations["part"].state == "complete"
    assert observations["part"].reason == "Serial numbers 0003 are missing."
    sevens = [one for one in observations.values() if one.beam == 7]
    assert {one.serials: one.entry for one in sevens} == {(1, 2): other, (3, 4): None}


def test_beams_under_one_name_are_refused() -> None:
    inbox = FakeInbox(entries=(ManifestEntry(files=("*.fits",), name="all"),))
    inbox.put(beam_file(1, 1), beam_file(2, 1))
    assert states(inbox.poll()) == {"all": "waiting"}
    (found,) = inbox.settle()
    assert (found.state, found.reason) == (
        "bad",
        "found beams 1, 2 under the one name all of the manifest, expected one; give each its own",
    )


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_impossible_rules(value: float) -> None:
    for name in ("settle_s", "patience_s"):
        with pytest.raises(ConfigError, match=f"{name} = .*expected a number of seconds"):
            NightRules(**{name: value})


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.sampled_from(["", "deep/er/"]))
def test_any_order_of_arrival_ends_in_the_same_observations(random: random.Random, nserials: int, folder: str) -> None:
    names = [folder + beam_file(beam, serial) for beam in range(1, 20) for serial in range(1, nserials + 1)]
    inbox = FakeInbox()
    arrivals = [(name, size) for name in names for size in random.sample(range(1, 9), random.randint(1, 2))]
    random.shuffle(arrivals)
    while arrivals:
        for name, size in arrivals[:15]:
            inbox.put(name, nbytes=size)
        arrivals = arrivals[15:]
        observations = inbox.poll()
        files = [file for found in contents(observations).values() for file in found]
        assert sorted(files) == sorted(inbox.sizes)
        assert not any(one.state == "complete" and inbox.now_s - _changed_s(inbox, one.name) < 60.0 for one in observations)
        inbox.wait(random.choice([1.0, 10.0, 59.0, 61.0]))
    inbox.put(*names)
    observations = inbox.settle()
    prefix = folder.replace("/", "_")
    assert contents(observations) == {
        f"{prefix}J1900-0134_tracking-M{beam:02d}": [folder + beam_file(beam, serial) for serial in range(1, nserials + 1)]
        for beam in range(1, 20)
    }
    assert {one.state for one in observations} == {"complete"}


def _changed_s(inbox: FakeInbox, name: str) -> float:
    """Return when a file of a beam changed last."""
    beam = name[-4:]
    return max(one.since_s for place, one in inbox.seen.items() if beam in place.name)


PLACES = st.lists(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=130)
    | st.sampled_from(
        ["J1_tracking-M01_0001", "J1_tracking-M01_0003", "J1_tracking-M02_0001_2bit", "my star", "a", "a_b", "b"]
    )
    | st.sampled_from(["曙光 PSR", "..x", "-x", "x" * 300]),
    min_size=1,
    max_size=3,
).map("/".join)
ENDINGS = st.sampled_from([".fil", ".fits", ".fits.fz", ".sf", ".tim", ".dat", ".inf"])


@settings(max_examples=100)
@given(st.sets(st.builds(str.__add__, PLACES.filter(lambda place: ".." not in place.split("/")), ENDINGS), max_size=12))
def test_every_file_is_in_one_observation_of_a_safe_name(places: set[str]) -> None:
    inbox = FakeInbox()
    inbox.put(*{place for place in places if not place.startswith(".") and "/." not in place})
    for observations in (inbox.poll(), inbox.settle(), inbox.give_up()):
        assert len(states(observations)) == len(observations)
        assert all(FOLDER.fullmatch(one.name) for one in observations)
        found = [file for files in contents(observations).values() for file in files]
        assert sorted(found) == sorted(inbox.sizes)
    assert set(states(observations).values()) <= {"complete"}


@given(st.lists(st.text(max_size=140), unique=True))
def test_names_are_safe_and_unique(wanted: list[str]) -> None:
    names = unique_names((text, text) for text in wanted)
    assert len(set(names)) == len(wanted)
    assert all(FOLDER.fullmatch(name) for name in names)
    assert [name for text, name in zip(wanted, names, strict=True) if FOLDER.fullmatch(text)] == [
        text for text in wanted if FOLDER.fullmatch(text)
    ]
    assert folder_name("J1900-0134_tracking-M07") == "J1900-0134_tracking-M07"


def test_reasons_are_text_whatever_names_are() -> None:
    name = "\udcff.fil"
    inbox = FakeInbox(looks={name: FileLook(error=f"found no recording in {name}")})
    inbox.put(name)
    (found,) = inbox.give_up()
    assert (found.state, found.reason) == ("bad", r"found no recording in \xff.fil")
    # What is opened keeps its name.
    assert str(found.files[0].path) == f"/inbox/{name}"
