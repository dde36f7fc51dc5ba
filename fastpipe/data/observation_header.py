"""The header of a recording as far as its row in a catalogue tells it."""

import math

import numpy as np

from fastpipe.data.header import Header


def observation_header(observation: np.void) -> Header:
    """Turn a row of the table of observations back into the header of its recording.

    Parameters
    ----------
    observation
        Row with the columns of `OBSERVATION_COLUMNS`.

    Returns
    -------
    Header
        Without machine, DM and keywords, which the table does not have.

    Raises
    ------
    HeaderError
        If the row holds no recording.
    """
    tsamp = float(observation["tsamp_s"])
    ra_deg, dec_deg = float(observation["ra_deg"]), float(observation["dec_deg"])
    return Header(
        nchans=int(observation["nchans"]),
        nsamples=max(round(float(observation["tobs_s"]) / tsamp), 1) if tsamp > 0 else 1,
        tsamp=tsamp,
        fch1=float(observation["fch1_mhz"]),
        foff=float(observation["foff_mhz"]),
        nbits=int(observation["nbits"]),
        nifs=max(int(observation["npol"]), 1),
        tstart=float(observation["tstart_mjd"]),
        source_name=bytes(observation["source"]).decode("utf-8", "replace"),
        telescope=bytes(observation["telescope"]).decode("utf-8", "replace"),
        ra_deg=None if math.isnan(ra_deg) else ra_deg,
        dec_deg=None if math.isnan(dec_deg) else dec_deg,
        ibeam=int(observation["beam"]),
    )
