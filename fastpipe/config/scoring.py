"""Options of the score of candidates."""

from fastpipe.config.stage import StageConfig


class ScoringConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How folds are scored."""

    score_model: str = ""
    """JSON file with another model of the score, as training/fit_score.py writes it; empty for the one that ships."""
