"""The score of a candidate: what the fold alone cannot tell is added to its features, then the model is asked."""

from dataclasses import replace

from fastpipe.algorithms.fold_features import birdie_distance_bins
from fastpipe.algorithms.refinement import Refinement
from fastpipe.algorithms.scoring import contribute, count_outside
from fastpipe.data.catalogue import Fold
from fastpipe.data.score_model import ScoreModel
from fastpipe.pipeline.fold_candidates import FoldSource
from fastpipe.pipeline.mask_impact import MaskImpact


def all_features(source: FoldSource, refinement: Refinement, impact: MaskImpact) -> dict[str, float]:
    """Return the features of a fold, with those that need birdies and mask.

    Parameters
    ----------
    source
        What was folded.
    refinement
        The refined fold.
    impact
        What the mask did to it.

    Returns
    -------
    dict
        Features of the fold, ``birdie_distance_bins``, ``masked_fraction`` and ``unmasked_ratio``: S/N without the mask over
        S/N, NaN where the mask changes nothing.
    """
    return {
        **refinement.fold.features,
        "birdie_distance_bins": birdie_distance_bins(refinement.freq_hz, source.geometry.tobs_s, source.birdies),
        "masked_fraction": impact.masked_fraction,
        "unmasked_ratio": impact.snr_unmasked / max(refinement.snr, 1.0),
    }


def score_candidate(source: FoldSource, refinement: Refinement, impact: MaskImpact, model: ScoreModel) -> Fold:
    """Return the fold of a candidate with all features and what each adds to its score.

    Parameters
    ----------
    source
        What was folded.
    refinement
        The refined fold.
    impact
        What the mask did to it.
    model
        Model of the score.

    Returns
    -------
    Fold
        `scoring.score_fold` of its contributions is the score. The feature ``outside_training`` counts features that lie
        outside the range on which the model was trained.
    """
    features = all_features(source, refinement, impact)
    features["outside_training"] = float(count_outside(features, model))
    return replace(refinement.fold, features=features, contributions=contribute(features, model))
