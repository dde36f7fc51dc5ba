"""The tables of a catalogue that describe the observation and the plan."""

import numpy as np

from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.data.tables import OBSERVATION_COLUMNS, PLAN_COLUMNS, Table, empty_table
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.shards import series_length


def observation_table(recording: Recording, clean: CleanRecording | None, digest: str, obs_id: int) -> Table:
    """Return the table /observations with the one row of this recording."""
    header, table = recording.header, empty_table(OBSERVATION_COLUMNS, 1)
    values = {
        "obs_id": obs_id,
        "source": header.source_name.encode(),
        "telescope": header.telescope.encode(),
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
        "files": ";".join(path.name for path in recording.paths).encode(),
        "digest": digest.encode(),
    }
    for name, value in values.items():
        table[name] = value
    return table


def plan_table(header: Header, plan: DispersionPlan) -> Table:
    """Return the table of the DM ranges that were searched."""
    table = empty_table(PLAN_COLUMNS, len(plan.ranges))
    for name in ("dm_min", "dm_step", "ntrials", "downsample"):
        table[name] = [getattr(dm_range, name) for dm_range in plan.ranges]
    table["nsamples_fft"] = [series_length(header.nsamples, dm_range.downsample)[1] for dm_range in plan.ranges]
    return table
