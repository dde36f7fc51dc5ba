"""A catalogue with all that makes exports hard: unknown values, infinities, drifts, notes in any script."""

from dataclasses import replace

import numpy as np

from fastpipe.data.candidate_keys import candidate_keys
from fastpipe.data.labels import LabelAct
from fastpipe.pipeline.labelled_catalogue import LabelledCatalogue, label_catalogue
from tests.fake_catalogue import TOBS_S, fake_tables

NOTE = 'narrow, "bright" 脉冲星\n=1+1 \x1b[31m'


def fake_labelled(*, is_empty: bool = False, frame: str = "barycentric") -> LabelledCatalogue:
    """Return three candidates, of which one drifts and one is graded by two people; or nothing found."""
    tables = replace(fake_tables(is_empty=is_empty), frame=frame)
    tables.observations["ra_deg"], tables.observations["dec_deg"] = 83.63320833, -0.51
    tables.observations["digest"] = b"ab" * 32
    if is_empty:
        return label_catalogue(tables, ())
    candidates = tables.candidates
    candidates["fdot_hz_s"][0], candidates["fdot_err_hz_s"] = -2e-4, (1e-6, np.inf, np.nan)
    candidates["accel_m_s2"][0], candidates["jerk_m_s3"][0] = 2e-4 * 3e8 / 6.1078, 1e-3
    candidates["topocentric_period_s"][:2] *= 1.0001
    candidates["topocentric_period_s"][2] = np.nan
    candidates["dm_err"][2], candidates["snr_unmasked"] = np.inf, np.nan
    tables.detections["z"] = -2e-4 * TOBS_S**2
    tables.detections["power"] = 99.0
    keys = candidate_keys(tables)
    acts = (
        LabelAct("1", "ann", 1.7e9, keys[0], "pulsar", NOTE),
        LabelAct("2", "bob", 1.7e9, keys[0], "rfi"),
        LabelAct("3", "bob", 1.7e9, "elsewhere", "rfi"),
    )
    return label_catalogue(tables, acts)
