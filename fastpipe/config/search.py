"""The configuration of a whole search."""

from pathlib import Path
from typing import Final

import msgspec

from fastpipe.config.acceleration import AccelerationConfig
from fastpipe.config.barycentre import BarycentreConfig
from fastpipe.config.birdies import BirdiesConfig
from fastpipe.config.cleaning import CleaningConfig
from fastpipe.config.cost import CostConfig
from fastpipe.config.dedispersion import DedispersionConfig
from fastpipe.config.execution import ExecutionConfig
from fastpipe.config.folding import FoldingConfig
from fastpipe.config.known_pulsars import KnownPulsarsConfig
from fastpipe.config.periodicity import PeriodicityConfig
from fastpipe.config.scoring import ScoringConfig
from fastpipe.config.sifting import SiftingConfig

_FILE_OPTIONS: Final = {
    "cleaning": "mask_file",
    "birdies": "birdie_file",
    "known_pulsars": "catalogue",
    "scoring": "score_model",
}
"""Options that name files, by their stage."""


class SearchConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of all stages, in the order in which the data pass them.

    Each field is the configuration of the stage it is named after. No two stages share the name of an option, so
    `override`, the command line and ``fastpipe.search`` name options without their stage.

    Examples
    --------
    >>> SearchConfig(dedispersion=DedispersionConfig(dm_max=100.0)).dedispersion.dm_max
    100.0
    """

    cleaning: CleaningConfig = CleaningConfig()
    dedispersion: DedispersionConfig = DedispersionConfig()
    barycentre: BarycentreConfig = BarycentreConfig()
    birdies: BirdiesConfig = BirdiesConfig()
    periodicity: PeriodicityConfig = PeriodicityConfig()
    acceleration: AccelerationConfig = AccelerationConfig()
    sifting: SiftingConfig = SiftingConfig()
    folding: FoldingConfig = FoldingConfig()
    scoring: ScoringConfig = ScoringConfig()
    known_pulsars: KnownPulsarsConfig = KnownPulsarsConfig()
    execution: ExecutionConfig = ExecutionConfig()
    cost: CostConfig = CostConfig()

    @property
    def given_files(self) -> tuple[Path, ...]:
        """Files that options name, which no result may replace."""
        names = [getattr(getattr(self, stage), option) for stage, option in _FILE_OPTIONS.items()]
        return tuple(Path(name) for name in names if name)

    def with_absolute_paths(self) -> "SearchConfig":
        """Return the same options for a process with another working folder."""
        stages = {}
        for stage, option in _FILE_OPTIONS.items():
            config = getattr(self, stage)
            if path := getattr(config, option):
                stages[stage] = msgspec.structs.replace(config, **{option: str(Path(path).absolute())})
        return msgspec.structs.replace(self, **stages)
