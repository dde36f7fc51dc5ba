"""Options of the cost."""

import pytest

from fastpipe.config import CostConfig, SearchConfig, override, to_toml
from fastpipe.config.cost import cost_options
from fastpipe.errors import ConfigError


def test_read_out_of_a_whole_configuration() -> None:
    config = override(SearchConfig(), tariff_per_core_hour=2.0, currency="Franken")
    assert cost_options(to_toml(config)) == config.cost
    assert cost_options("[of_another_version]\nx = 1") == CostConfig()


@pytest.mark.parametrize("tariff", [-0.1, float("nan"), float("inf")])
def test_impossible_tariffs_are_refused(tariff: float) -> None:
    with pytest.raises(ConfigError, match=r"found tariff_per_core_hour = .*, expected a price of at least 0; change"):
        CostConfig(tariff_per_core_hour=tariff)


@pytest.mark.parametrize("currency", ["", "  ", "a\nb"])
def test_currencies_without_a_name_are_refused(currency: str) -> None:
    with pytest.raises(ConfigError, match="expected the name of a currency"):
        CostConfig(currency=currency)
