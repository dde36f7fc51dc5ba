"""Configuration of a search: frozen options of every stage, a strict TOML loader, and a commented default file."""

from fastpipe.config.acceleration import AccelerationConfig
from fastpipe.config.barycentre import BarycentreConfig
from fastpipe.config.birdies import BirdiesConfig
from fastpipe.config.cleaning import CleaningConfig
from fastpipe.config.cost import CostConfig
from fastpipe.config.dedispersion import DedispersionConfig
from fastpipe.config.execution import ExecutionConfig
from fastpipe.config.folding import FoldingConfig
from fastpipe.config.known_pulsars import KnownPulsarsConfig
from fastpipe.config.loader import load_config, override, parse_config
from fastpipe.config.periodicity import PeriodicityConfig
from fastpipe.config.scoring import ScoringConfig
from fastpipe.config.search import SearchConfig
from fastpipe.config.sifting import SiftingConfig
from fastpipe.config.text import commented_default, to_toml

__all__ = [
    "AccelerationConfig",
    "BarycentreConfig",
    "BirdiesConfig",
    "CleaningConfig",
    "CostConfig",
    "DedispersionConfig",
    "ExecutionConfig",
    "FoldingConfig",
    "KnownPulsarsConfig",
    "PeriodicityConfig",
    "ScoringConfig",
    "SearchConfig",
    "SiftingConfig",
    "commented_default",
    "load_config",
    "override",
    "parse_config",
    "to_toml",
]
