"""Files that the pages name and do not make: each is made where a page needs it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.docs.block_runner import run_command
from tests.docs.pages import ROOT

_EPHEMERIS = """\
PSR J1713+0747
RAJ 17:13:49.53
DECJ 07:47:37.5
F0 11.198208
PEPOCH 60000
DM 62.4
BINARY ELL1
PB 67.825
A1 0.001
TASC 59990.0
EPS1 0
EPS2 0
"""


def _recording(folder: Path) -> None:
    shutil.copy(ROOT / "sample_data" / "fake_pulsar.fil", folder / "recording.fil")


def _configuration(_folder: Path) -> None:
    run_command("fastpipe config > search.toml")


def _catalogue(_folder: Path) -> None:
    run_command("fastpipe search recording.fil -o catalogue.h5 --dm-max 100 --quiet")


def _beam(name: str, start_s: float) -> Callable[[Path], None]:
    def make(_folder: Path) -> None:
        run_command(f"fastpipe convert recording.fil -o {name}.fil --start {start_s}")
        run_command(f"fastpipe search {name}.fil -o {name}.h5 --dm-max 70 --dm-min 50 --quiet")

    return make


def _ephemeris(folder: Path) -> None:
    (folder / "J1713+0747.par").write_text(_EPHEMERIS, encoding="ascii")


def _rfifind_mask(_folder: Path) -> None:
    run_command("fastpipe rfi recording.fil --presto rs_rfifind.mask --quiet")


_MAKERS: dict[str, Callable[[Path], None]] = {
    "recording.fil": _recording,
    "search.toml": _configuration,
    "catalogue.h5": _catalogue,
    "beam1.h5": _beam("beam1", 0.0),
    "beam2.h5": _beam("beam2", 1.0),
    "J1713+0747.par": _ephemeris,
    "rs_rfifind.mask": _rfifind_mask,
}
_MADE_FROM_RECORDING = {"catalogue.h5", "beam1.h5", "beam2.h5", "rs_rfifind.mask"}


def make_given_files(folder: Path, code: str) -> None:
    """Make the files that code names, unless it makes them itself; the folder is the working folder."""
    needed = {name for name in _MAKERS if name in code and not re.search(rf"(-o|>) {re.escape(name)}", code)}
    if needed & _MADE_FROM_RECORDING:
        needed.add("recording.fil")
    for name, make in _MAKERS.items():
        if name in needed:
            make(folder)
