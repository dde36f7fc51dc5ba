"""Write catalogue-format.md from the columns as the code defines them: ``python docs/write_catalogue_format.py``."""

import inspect
from pathlib import Path

from fastpipe.data.tables import (
    BIRDIE_COLUMNS,
    CANDIDATE_COLUMNS,
    COST_COLUMNS,
    DETECTION_COLUMNS,
    OBSERVATION_COLUMNS,
    PLAN_COLUMNS,
    Column,
    Fate,
)
from fastpipe.io.catalogue import FORMAT, FORMAT_VERSION
from fastpipe.io.fold_group import FOLD_ARRAYS

PAGE = Path(__file__).with_name("catalogue-format.md")

_HEAD = f"""# The catalogue file

This page is made by `python docs/write_catalogue_format.py` from the code that writes the file.

A catalogue is one HDF5 file, format version {FORMAT_VERSION}. It appears under its name when it is complete. Tables are
compound datasets: plain h5py, `astropy.table.QTable.read(path, path="candidates")` (with units) and pandas read them.
Unit and description of every column are attributes of its table, `<column>.unit` and `<column>.description`. Texts are
of fixed width, padded with zero bytes.

Attributes of the root: `format` = `{FORMAT}`, `format_version`, `fastpipe_version`, `created` (may be empty),
`dispersion_constant` (s MHz^2 cm^3 pc^-1), `frame` (topocentric or barycentric) of all periods and `time_scale` (UTC or TDB)
of their epochs.
"""

_FATES = """`fate` says what became of a detection. Every detection has exactly one:

| value | name | meaning |
|---|---|---|
"""

_REST = """## /masks/\\<obs_id>

| dataset | meaning |
|---|---|
| `mask` | True = bad, [nintervals, nchans]; attribute `interval_samples` |
| `reasons` | why: the sum of the numbers of all reasons, [nintervals, nchans]; its `description` names the numbers |
| `bad_samples` | stretches masked in all channels, spikes and gaps: first sample and sample after the last, [n, 2] |
| `channel_mean`, `channel_std` | mean and standard deviation of every channel, in the units of the recording, [nchans] |

## /provenance

Texts that say how the catalogue was made: the whole configuration, versions, remarks, and the machine. Only `/costs` and
what is said of the machine here may differ between two runs on the same recording with the same configuration and version.
A deadline is met by a plan that depends on the speed of the machine; the configuration stored here is the one with that
plan.
"""


def make_page() -> str:
    """Return the text of the page."""
    meanings = {fate: _fate_meaning(fate) for fate in Fate}
    fates = _FATES + "".join(f"| {fate.value} | `{fate.name.lower()}` | {text} |\n" for fate, text in meanings.items())
    parts = [
        _HEAD,
        _table("/observations", "One row for each beam of one scan.", OBSERVATION_COLUMNS),
        _table("/candidates", "One row for each candidate, the most significant first.", CANDIDATE_COLUMNS),
        _table("/detections", "One row for each threshold crossing of the search.", DETECTION_COLUMNS),
        fates,
        _table(
            "/plan/\\<obs_id>", "The DM trials: one row for each range with one step and one time resolution.", PLAN_COLUMNS
        ),
        _table(
            "/birdies/\\<obs_id>",
            "Frequencies whose bins hold noise instead of data in the search, ascending; ranges may overlap.",
            BIRDIE_COLUMNS,
        ),
        _table(
            "/folds/\\<cand_id>",
            "Arrays; attributes `freq_hz`, `fdot_hz_s`, `fddot_hz_s2`, `dm`, `reference_mhz` are the values used in "
            "folding, in the frame of the catalogue: the phase of a barycentric fold runs in barycentric time. The group "
            "`features` has as attributes the numbers the score was made from.",
            FOLD_ARRAYS,
        ),
        _table(
            "/costs",
            "What the search took: one row for each stage in each process, those of runs that were interrupted included. "
            "`fastpipe show --cost` adds them up. Parts that the run folder had from a search with other "
            "settings are counted in the catalogue of that one only.",
            COST_COLUMNS,
        ),
        _REST,
    ]
    return "\n".join(parts)


def _table(name: str, words: str, columns: tuple[Column, ...]) -> str:
    rows = "".join(f"| `{column.name}` | {column.dtype} | {column.unit} | {column.description} |\n" for column in columns)
    return f"## {name}\n\n{words}\n\n| name | type | unit | meaning |\n|---|---|---|---|\n{rows}"


def _fate_meaning(fate: Fate) -> str:
    # The docstring under a member is its meaning; Python does not keep it, so it is read from the source.
    lines = inspect.getsource(Fate).splitlines()
    return lines[lines.index(f"    {fate.name} = {fate.value}") + 1].strip().strip('"')


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
