"""One candidate as a person sees it: the sentences about it, and its page."""

from typing import TYPE_CHECKING

import numpy as np

from fastpipe.algorithms.cube_noise import cube_noise
from fastpipe.algorithms.dm_expectation import expected_dm_curve
from fastpipe.algorithms.scoring import explain
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.ledger import observation_of
from fastpipe.plotting.candidate_words import identity_sentences

if TYPE_CHECKING:
    from fastpipe.plotting.picture import Picture


def candidate_sentences(tables: CatalogueTables, candidate: np.void) -> list[str]:
    """Say what a candidate is known as, and what speaks for and against a pulsar.

    Parameters
    ----------
    tables
        The catalogue.
    candidate
        A row of its candidates.

    Returns
    -------
    list of str
        What is known first, then the weightiest reasons; of one that was not folded only what is known.
    """
    fold = tables.folds.get(int(candidate["cand_id"]))
    reasons = explain(fold.features, fold.contributions) if fold else []
    return [*identity_sentences(candidate), *reasons]


def candidate_picture(tables: CatalogueTables, candidate: np.void) -> "Picture":
    """Draw the page of a candidate.

    Parameters
    ----------
    tables
        The catalogue.
    candidate
        A row of its candidates, which was folded.

    Returns
    -------
    Picture
        The page.

    Raises
    ------
    KeyError
        If the candidate was not folded.
    """
    from fastpipe.plotting.candidate import draw_candidate
    from fastpipe.plotting.picture import Picture

    fold = tables.folds[int(candidate["cand_id"])]
    expected_snrs = expected_dm_curve(fold, cube_noise(fold.cube))
    sentences = candidate_sentences(tables, candidate)
    observation = observation_of(tables.observations, candidate)
    return Picture(draw_candidate(candidate, observation, fold, sentences, expected_snrs))
