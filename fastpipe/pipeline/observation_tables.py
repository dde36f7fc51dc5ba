"""The tables of a catalogue that describe the observation and the plan."""

import numpy as np

from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.data.tables import OBSERVATION_COLUMNS, PLAN_COLUMNS, Table, empty_table, table_dtype
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.shards import series_length


def observation_table(recording: Recording, clean: CleanRecording | None, digest: str, obs_id: int) -> Table:
    """Return the table /observations with the one row of this recording."""
    header, table = recording.header, empty_table(OBSERVATION_COLUMNS, 1)
    values = {
        "obs_id": obs_id,
        "source": header.source_name.encode(errors="backslashreplace"),
        "telescope": header.telescope.encode(errors="backslashreplace"),
        "beam": header.ibeam,
        "ra_deg": np.nan if header.ra_deg is None else header.ra_deg,
        "dec_deg": np.nan if header.dec_deg is None else header.dec_deg,
        "tstart_mjd": header.tstart,
        "tobs_s": header.tobs_s,
        "tsamp_s": header.tsamp,
        "nchans": header.nchans,
        "fch1_mhz": header.fch1,
        "foff_mhz": header.foff,
        "nbits": header.nbits,
        "npol": header.nifs,
        "masked_fraction": 0.0 if clean is None else clean.rfi_mask.masked_fraction,
        "files": _file_names(recording),
        "digest": digest.encode(),
    }
    for name, value in values.items():
        table[name] = value
    return table


def _file_names(recording: Recording) -> bytes:
    """Join the names of the files, and say how many there are where the column is too narrow for all."""
    width = table_dtype(OBSERVATION_COLUMNS)["files"].itemsize
    names = [path.name for path in recording.paths]
    # A file name is bytes on disk and need not be UTF-8.
    joined = ";".join(names).encode(errors="backslashreplace")
    if len(joined) <= width:
        return joined
    note = f";... {len(names)} files".encode()
    return joined[: joined.rfind(b";", 0, width - len(note))] + note


def plan_table(header: Header, plan: DispersionPlan) -> Table:
    """Return the table of the DM ranges that were searched."""
    table = empty_table(PLAN_COLUMNS, len(plan.ranges))
    for name in ("dm_min", "dm_step", "ntrials", "downsample"):
        table[name] = [getattr(dm_range, name) for dm_range in plan.ranges]
    table["nsamples_fft"] = [series_length(header.nsamples, dm_range.downsample)[1] for dm_range in plan.ranges]
    return table
