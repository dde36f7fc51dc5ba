"""Options of the cost."""

import math
import tomllib

import msgspec

from fastpipe.config.stage import StageConfig


class CostConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a search costs in money: changes what is said of it, never results."""

    tariff_per_core_hour: float = 0.1
    """Price of one core for an hour; 0 for none. The default is that of the FAST Data Center."""
    currency: str = "yuan"
    """Money in which that is."""

    def __post_init__(self) -> None:
        is_price = 0 <= self.tariff_per_core_hour < math.inf
        self.require(is_price, "tariff_per_core_hour", "a price of at least 0")
        self.require(self.currency.strip() != "" and self.currency.isprintable(), "currency", "the name of a currency")


def cost_options(text: str) -> CostConfig | None:
    r"""Take the options of the cost out of the text of a whole configuration, such as that of a catalogue.

    Parameters
    ----------
    text
        TOML text. What it says of other stages does not matter, so it may be that of another version.

    Returns
    -------
    CostConfig or None
        The options; None where they cannot be read.

    Examples
    --------
    >>> cost_options('[cost]\ncurrency = "euro"').currency
    'euro'
    """
    try:
        return msgspec.convert(tomllib.loads(text).get("cost", {}), CostConfig)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError):
        return None
