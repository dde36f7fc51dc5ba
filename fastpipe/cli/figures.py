"""Figures of a catalogue, written to a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fastpipe.data.catalogue import CatalogueTables

if TYPE_CHECKING:
    from fastpipe.plotting.picture import Picture


def write_figures(tables: CatalogueTables, cand_ids: Sequence[int], folder: Path) -> list[Path]:
    """Draw candidates, the bandpass of every observation, and an overview.

    Parameters
    ----------
    tables
        The catalogue.
    cand_ids
        Numbers of the candidates to draw; one that was not folded is left out.
    folder
        Where the PNG files go; it exists.

    Returns
    -------
    list of Path
        The files written.
    """
    from fastpipe.algorithms.scoring import explain
    from fastpipe.data.ledger import candidate_row, observation_of
    from fastpipe.plotting.bandpass import draw_bandpass
    from fastpipe.plotting.candidate import draw_candidate
    from fastpipe.plotting.overview import draw_overview
    from fastpipe.plotting.picture import Picture

    written = []
    for cand_id in cand_ids:
        fold = tables.folds.get(cand_id)
        if fold is not None:
            candidate = tables.candidates[candidate_row(tables.candidates, cand_id)]
            figure = draw_candidate(candidate, observation_of(tables.observations, candidate), fold, explain(fold.features))
            written.append(save_picture(Picture(figure), folder / f"candidate_{cand_id:03d}.png"))
    for observation in tables.observations:
        obs_id = int(observation["obs_id"])
        if observation["nchans"] > 1 and obs_id in tables.statistics:
            chan_freqs_mhz = observation["fch1_mhz"] + observation["foff_mhz"] * np.arange(observation["nchans"])
            mask = tables.masks.get(obs_id)
            figure = draw_bandpass(chan_freqs_mhz, tables.statistics[obs_id], mask.bad_channels if mask else None)
            written.append(save_picture(Picture(figure), folder / f"bandpass_{obs_id}.png"))
    written.append(save_picture(Picture(draw_overview(tables)), folder / "overview.png"))
    return written


def save_picture(picture: "Picture", path: Path) -> Path:
    """Write a drawing as PNG; the file appears under its name when it is complete."""
    from fastpipe.io.atomic import replacing

    png = picture.png()
    with replacing(path) as temporary:
        temporary.write_bytes(png)
    return path
