"""Figures of a catalogue, written to a folder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from fastpipe.data.catalogue import CatalogueTables

if TYPE_CHECKING:
    from fastpipe.plotting.picture import Picture

Format = Literal["png", "pdf"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureChoice:
    """Which figures of a catalogue are drawn, and how."""

    cand_ids: Sequence[int] = ()
    """Numbers of the candidates whose pages are drawn; one that was not folded has none."""
    with_sheet: bool = False
    """The best candidates on one sheet."""
    with_overview: bool = True
    """All detections, and the bandpass of every observation."""
    format: Format = "png"
    """Format of the files."""
    is_one_file: bool = False
    """Sheet and pages are pages of one PDF file."""


def write_figures(tables: CatalogueTables, choice: FigureChoice, folder: Path) -> list[Path]:
    """Draw candidates, the best of them on one sheet, the bandpass of every observation, and an overview.

    Parameters
    ----------
    tables
        The catalogue.
    choice
        What to draw.
    folder
        Where the files go; it exists.

    Returns
    -------
    list of Path
        The files written.
    """
    from fastpipe.plotting.picture import pdf_pages

    pictures = _candidate_pictures(tables, choice)
    written: list[Path] = []
    if choice.is_one_file:
        written.append(_save(pdf_pages(picture for _, picture in pictures), folder / "candidates.pdf"))
    for name, picture in chain(pictures, _overview_pictures(tables) if choice.with_overview else ()):
        written.append(save_picture(picture, folder / f"{name}.{choice.format}"))
    return written


def _candidate_pictures(tables: CatalogueTables, choice: FigureChoice) -> Iterator[tuple[str, "Picture"]]:
    """Draw the sheet and the pages one after the other, each with the name of its file less its ending."""
    from fastpipe.data.ledger import candidate_row
    from fastpipe.pipeline.candidate_page import candidate_picture
    from fastpipe.plotting.contact_sheet import draw_contact_sheet
    from fastpipe.plotting.picture import Picture

    if choice.with_sheet:
        yield "contact_sheet", Picture(draw_contact_sheet(tables))
    for cand_id in choice.cand_ids:
        if cand_id in tables.folds:
            candidate = tables.candidates[candidate_row(tables.candidates, cand_id)]
            yield f"candidate_{cand_id:03d}", candidate_picture(tables, candidate)


def _overview_pictures(tables: CatalogueTables) -> Iterator[tuple[str, "Picture"]]:
    from fastpipe.plotting.bandpass import draw_bandpass
    from fastpipe.plotting.overview import draw_overview
    from fastpipe.plotting.picture import Picture

    for observation in tables.observations:
        obs_id = int(observation["obs_id"])
        if observation["nchans"] > 1 and obs_id in tables.statistics:
            chan_freqs_mhz = observation["fch1_mhz"] + observation["foff_mhz"] * np.arange(observation["nchans"])
            mask = tables.masks.get(obs_id)
            figure = draw_bandpass(chan_freqs_mhz, tables.statistics[obs_id], mask.bad_channels if mask else None)
            yield f"bandpass_{obs_id}", Picture(figure)
    yield "overview", Picture(draw_overview(tables))


def save_picture(picture: "Picture", path: Path) -> Path:
    """Write a drawing, as PDF where the name ends so, else as PNG; the file appears under its name when it is complete."""
    return _save(picture.pdf() if path.suffix.lower() == ".pdf" else picture.png(), path)


def _save(content: bytes, path: Path) -> Path:
    from fastpipe.io.atomic import replacing

    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return path
