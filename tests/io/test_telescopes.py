"""The table of telescopes, and the user's own."""

import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from fastpipe.errors import ConfigError
from fastpipe.io.telescopes import (
    known_name,
    load_telescopes,
    telescope_of_name,
    telescope_of_sigproc_id,
    telescope_of_tempo_code,
    user_file,
)

Write = Callable[[str], None]

# Longitude and latitude in degrees, as gazetteers give them.
PLACES = {
    "FAST": (106.86, 25.65),
    "Parkes": (148.26, -33.00),
    "GBT": (-79.84, 38.43),
    "Arecibo": (-66.75, 18.34),
    "Effelsberg": (6.88, 50.52),
    "MeerKAT": (21.44, -30.71),
    "KAT-7": (21.41, -30.72),
    "GMRT": (74.05, 19.09),
    "Jodrell": (-2.31, 53.24),
    "LOFAR": (6.87, 52.91),
    "CHIME": (-119.62, 49.32),
    "MWA": (116.67, -26.70),
    "Nancay": (2.20, 47.38),
    "WSRT": (6.63, 52.92),
    "SRT": (9.25, 39.49),
    "Ooty": (76.67, 11.38),
    "ATA": (-121.47, 40.82),
    "VLA": (-107.62, 34.08),
    "LWA1": (-107.63, 34.07),
    "Molonglo": (149.42, -35.37),
    "Nanshan": (87.18, 43.47),
    "Hartebeesthoek": (27.69, -25.89),
    "ATCA": (149.57, -30.31),
    "GB 140ft": (-79.84, 38.44),
}


@pytest.fixture(autouse=True)
def write_user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Give an empty configuration folder, and a way to write the user's table into it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def write(text: str) -> None:
        user_file().parent.mkdir()
        user_file().write_text(text)

    return write


def test_every_place_is_tested() -> None:
    assert {telescope.name for telescope in load_telescopes() if telescope.itrf_xyz_m} == set(PLACES)


@pytest.mark.parametrize("name", PLACES)
def test_place(name: str) -> None:
    telescope = telescope_of_name(name)
    assert telescope is not None
    assert telescope.itrf_xyz_m is not None
    x, y, z = telescope.itrf_xyz_m
    assert math.hypot(x, y, z) == pytest.approx(6.37e6, rel=3e-3)
    flattening = 1 / 298.257
    longitude = math.degrees(math.atan2(y, x))
    latitude = math.degrees(math.atan2(z, math.hypot(x, y) * (1 - flattening) ** 2))
    assert (longitude, latitude) == pytest.approx(PLACES[name], abs=0.02)


def test_names_and_numbers_are_used_once() -> None:
    telescopes = load_telescopes()
    names = Counter(name.casefold() for telescope in telescopes for name in (telescope.name, *telescope.aliases))
    ids = Counter(telescope.sigproc_id for telescope in telescopes if telescope.sigproc_id is not None)
    codes = Counter(telescope.tempo_code for telescope in telescopes if telescope.tempo_code)
    assert all(max(counter.values()) == 1 for counter in (names, ids, codes))


def test_the_three_ways_to_find_one() -> None:
    fast = telescope_of_name(" fast ")
    assert fast is not None
    assert fast.itrf_xyz_m == (-1668557.0, 5506838.0, 2744934.0)
    assert fast == telescope_of_sigproc_id(21) == telescope_of_tempo_code("k")
    assert telescope_of_name("nowhere") is telescope_of_sigproc_id(-1) is telescope_of_tempo_code("") is None


def test_user_adds_and_changes(write_user_file: Write) -> None:
    write_user_file('[Backyard]\naliases = ["BY"]\nsigproc_id = 21\n[fast]\ntempo_code = "q"\n')
    assert known_name("by") == "Backyard"
    changed = telescope_of_name("FAST")
    assert changed is not None
    assert (changed.name, changed.tempo_code, changed.sigproc_id) == ("FAST", "q", 21)
    found = telescope_of_sigproc_id(21)
    assert found is not None
    assert found.name == "Backyard"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[Backyard", "impossible to read"),
        ("Backyard = 3", r"expected one table a telescope; write \[Backyard\]"),
        ("[Backyard]\ncolour = 3", r"mistake in \[Backyard\].*unknown field `colour`"),
        ('[Backyard]\nsigproc_id = "a"', r"mistake in \[Backyard\].*\$.sigproc_id"),
        ('[Backyard]\ntempo_code = "ab"', r"mistake in \[Backyard\].*\$.tempo_code"),
        ("[Backyard]\nitrf_xyz_m = [1.0, 2.0]", r"mistake in \[Backyard\].*\$.itrf_xyz_m"),
        ("[Backyard]\nmask_mhz = [10.0, 20.0]", r"mistake in \[Backyard\].*\$.mask_mhz"),
        ("[Backyard]\nmask_mhz = [[20.0, 10.0]]", r"found mask_mhz = \[\[20.0, 10.0\]\] in \[Backyard\].*ascending MHz"),
        ("[Backyard]\nitrf_xyz_m = [-1668.557, 5506.838, 2744.934]", r"6.375\d* km from the centre of the Earth"),
    ],
)
def test_mistakes_of_the_user_are_named(write_user_file: Write, text: str, message: str) -> None:
    write_user_file(text)
    with pytest.raises(ConfigError, match=message):
        load_telescopes()


def test_ranges_that_are_never_free(write_user_file: Write) -> None:
    write_user_file("[Parkes]\nmask_mhz = [[700, 710.5], [942.0, 960.0]]")
    assert _mask_mhz("FAST") == ((1083.0, 1099.0),)
    assert _mask_mhz("Parkes") == ((700.0, 710.5), (942.0, 960.0))
    assert _mask_mhz("GBT") == ()


def _mask_mhz(name: str) -> tuple[tuple[float, float], ...]:
    telescope = telescope_of_name(name)
    assert telescope is not None
    return telescope.mask_mhz
