"""The cost of a catalogue in words."""

from dataclasses import replace

import numpy as np
import pytest

from fastpipe.data.measured_cost import CostSummary
from fastpipe.data.tables import Table
from fastpipe.pipeline.cost_summary import cost_summary
from fastpipe.pipeline.cost_table import cost_table
from fastpipe.plotting.cost_text import cost_lines, cost_sentence
from tests.fake_catalogue import fake_costs, fake_record, fake_tables


def summary(costs: Table, configuration: str = "") -> CostSummary:
    return cost_summary(replace(fake_tables(), costs=costs, provenance={"configuration": configuration}))


def test_tables_and_sums() -> None:
    assert cost_lines(summary(fake_costs())) == [
        "stage               wall (s)  CPU (s)  core-seconds   read   memory  times real time    yuan",
        "channel statistics     10.00    10.00         20.00  1 GiB  1.5 GiB               12  <0.001",
        "Fourier search         50.00    50.00        100.00  2 GiB  1.5 GiB              2.4  0.0028",
        "all                    60.00    60.00        120.00  3 GiB  1.5 GiB                2  0.0033",
        "",
        "Cost: 120 core-seconds, 2 times faster than real time, 3 GiB read, 0.0033 yuan",
        "The search of an hour of one beam costs 0.1 yuan.",
        "40 core-seconds of these went into stages that were interrupted or failed.",
    ]


def test_a_line_for_the_end_of_a_search() -> None:
    text = "Cost: 120 core-seconds, 2 times faster than real time, 3 GiB read, 0.0033 yuan"
    assert cost_sentence(summary(fake_costs())) == text


@pytest.mark.parametrize(
    ("wall_s", "nthreads", "words"),
    [
        (40.0, 1, "40 core-seconds, 3 times faster than real time"),
        (109.0, 2, "218 core-seconds, 1.1 times faster than real time"),
        (120.0, 1, "120 core-seconds, as fast as real time"),
        (122.0, 1, "122 core-seconds, as fast as real time"),
        (1500.0, 16, "24000 core-seconds, 12 times slower than real time"),
        (36000.0, 1, "10 core-hours, 300 times slower than real time"),
        (0.00012, 1, "0.00012 core-seconds, 1000000 times faster than real time"),
        (0.0, 1, "0 core-seconds, 1 GiB read"),
    ],
)
def test_words_of_any_size(wall_s: float, nthreads: int, words: str) -> None:
    costs = cost_table([fake_record("search", 0.0, wall_s, nthreads=nthreads)], 1)
    assert words in cost_sentence(summary(costs))


@pytest.mark.parametrize(
    ("tariff", "price"), [(1e-3, "<0.001 yuan"), (0.1, "0.0033 yuan"), (29.4, "0.98 yuan"), (1e6, "33333.33 yuan")]
)
def test_prices_of_any_size(tariff: float, price: str) -> None:
    text = cost_sentence(summary(fake_costs(), f"[cost]\ntariff_per_core_hour = {tariff!r}"))
    assert text.endswith(f" read, {price}")


def test_no_price_where_there_is_no_tariff() -> None:
    free = summary(fake_costs(), "[cost]\ntariff_per_core_hour = 0.0")
    assert cost_sentence(free).endswith("3 GiB read")
    assert "yuan" not in "\n".join(cost_lines(free))


def test_observations_are_told_apart() -> None:
    tables = fake_tables()
    observations = np.repeat(tables.observations, 2)
    observations["obs_id"], observations["beam"], observations["source"][1] = (1, 2), (4, 7), b""
    several = replace(tables, observations=observations, costs=np.concatenate([fake_costs(1), fake_costs(2)]))
    lines = cost_lines(cost_summary(several))
    table = lines[lines.index("") + 1 :]
    names = [line.split("  ")[0].strip() for line in table[:4]]
    assert names == ["observation", "1: J0000+0000, beam 4", "2: no name, beam 7", "all"]


def test_nothing_known() -> None:
    empty = cost_summary(fake_tables())
    assert (cost_lines(empty), cost_sentence(empty)) == (["No cost is known."], "")
