"""The whole search of a lane block without acceleration, as the pipeline makes it."""

from typing import Any

import numpy as np

from fastpipe.algorithms.periodicity import lane_spectra, search_powers
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.algorithms.zapping import Zapping
from fastpipe.data.tables import Table


def search_lane_block(block: np.ndarray, nsamples: int, zapping: Zapping | None = None, **options: Any) -> Table:
    """Return the peaks of 16 series, which are overwritten; options of `search_powers`."""
    whitened_powers(lane_spectra(block, nsamples), block, nsamples, zapping)
    return search_powers(block, **options)
