"""Why a detection did not become a candidate of its own, in words."""

from typing import Final

import numpy as np

from fastpipe.data.tables import Fate

_SENTENCES: Final = {
    Fate.KEPT: "became candidate {related}",
    Fate.DUPLICATE: "same signal as detection {related}, at another DM or drift",
    Fate.HARMONIC: "harmonic of detection {related}",
    Fate.LOW_DM: "strongest at DM 0: it comes from the ground",
    Fate.FEW_DMS: "seen in too few neighbouring DM trials",
    Fate.FAINT: "noise gives one as strong often in a search of this size",
    Fate.NOT_FOLDED: "good enough, but more candidates were found than are folded",
    Fate.BIRDIE: "left behind by known interference (birdie {related})",
    Fate.MULTI_BEAM: "in beams that one place on the sky cannot reach together, as detection {related}",
}


def fate_sentence(detection: np.void) -> str:
    """Say what became of a detection.

    Parameters
    ----------
    detection
        Row of a table with the columns of `DETECTION_COLUMNS`.

    Examples
    --------
    >>> fate_sentence(np.array([(2, 7)], [("fate", "i2"), ("related_id", "i4")])[0])
    'harmonic of detection 7'
    """
    return _SENTENCES[Fate(int(detection["fate"]))].format(related=int(detection["related_id"]))
