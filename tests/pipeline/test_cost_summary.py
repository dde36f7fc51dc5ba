"""What a catalogue cost: sums over stages, observations, runs and machines."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.config import SearchConfig, override, to_toml
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.measured_cost import CostSummary
from fastpipe.data.tables import COST_COLUMNS, OBSERVATION_COLUMNS, Table, empty_table
from fastpipe.pipeline.cost_summary import cost_summary, covered_s
from fastpipe.pipeline.cost_table import cost_table
from fastpipe.pipeline.merge import NamedCatalogue, merge_catalogues
from tests.fake_catalogue import TOBS_S, fake_costs, fake_record, fake_tables

STRETCHES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 40)), max_size=12)


def summarised(costs: Table, **provenance: str) -> CostSummary:
    tables = fake_tables(is_empty=True)
    return cost_summary(replace(tables, costs=costs, provenance={**tables.provenance, **provenance}))


@given(STRETCHES)
def test_union_of_stretches_is_that_of_their_seconds(stretches: list[tuple[int, int]]) -> None:
    seconds = {second for start, length in stretches for second in range(start, start + length)}
    starts_mjd = np.array([60000.0 + start / 86400 for start, _ in stretches])
    lengths_s = np.array([float(length) for _, length in stretches])
    assert covered_s(starts_mjd, lengths_s) == pytest.approx(len(seconds), abs=1e-4)


@given(STRETCHES, st.randoms(use_true_random=False))
def test_union_depends_on_no_order_and_is_between_longest_and_sum(stretches: list[tuple[int, int]], random: object) -> None:
    shuffled = stretches.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    lengths = [float(length) for _, length in stretches]
    found = [
        covered_s(np.array([start / 86400 for start, _ in some]), np.array([float(length) for _, length in some]))
        for some in (stretches, shuffled)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    assert max(lengths, default=0.0) - 1e-6 <= found[0] <= sum(lengths) + 1e-6


def test_time_between_two_runs_does_not_count() -> None:
    total = summarised(fake_costs()).total
    assert total.wall_s == pytest.approx(60.0)
    assert (total.core_s, total.cpu_s, total.unfinished_core_s) == (120.0, 60.0, 40.0)
    assert (total.read_bytes, total.peak_bytes) == (3 * 2**30, 3 * 2**29)
    assert total.real_time_factor == pytest.approx(TOBS_S / 60.0)
    assert total.price == pytest.approx(120 / 3600 * 0.1)


def test_machines_that_work_at_the_same_time_share_the_wall_time() -> None:
    records = [fake_record("search", 5.0 * n, 20.0, host=f"node{n}") for n in range(3)]
    total = summarised(cost_table(records, 1)).total
    assert (total.wall_s, total.core_s) == (pytest.approx(30.0), 120.0)


def test_stages_add_up_and_keep_their_order() -> None:
    summary = summarised(fake_costs())
    assert list(summary.stages) == ["channel statistics", "Fourier search"]
    assert sum(cost.core_s for cost in summary.stages.values()) == summary.total.core_s
    assert sum(cost.price or 0.0 for cost in summary.stages.values()) == pytest.approx(summary.total.price)
    (observation,) = summary.observations
    assert (observation.obs_id, observation.source, observation.beam) == (1, "J0000+0000", 0)
    assert observation.total == summary.total
    assert observation.stages == summary.stages


def beams(count: int) -> CatalogueTables:
    catalogues = []
    for beam in range(1, count + 1):
        tables = fake_tables()
        observations = tables.observations.copy()
        observations["beam"], observations["digest"] = beam, f"{beam}".encode()
        costs = fake_costs()
        costs["start_mjd"] += beam
        catalogues.append(NamedCatalogue(f"{beam}.h5", replace(tables, observations=observations, costs=costs)))
    return merge_catalogues(catalogues)


def test_beams_of_one_pointing_are_one_time_at_the_telescope() -> None:
    merged = beams(3)
    assert merged.costs["obs_id"].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    summary = cost_summary(merged)
    assert [observation.beam for observation in summary.observations] == [1, 2, 3]
    assert [observation.total.wall_s for observation in summary.observations] == pytest.approx([60.0] * 3)
    # Searched one after the other: three beams take three times as long, but the telescope looked once.
    assert summary.total.wall_s == pytest.approx(180.0)
    assert summary.total.data_s == pytest.approx(TOBS_S)
    assert summary.total.core_s == sum(observation.total.core_s for observation in summary.observations)
    # 120 core-seconds for 120 s of a beam: one core-hour an hour.
    assert summary.price_per_beam_hour == pytest.approx(0.1)


def test_observations_without_costs_do_not_make_it_fast() -> None:
    merged = beams(2)
    later = replace(merged, costs=merged.costs[merged.costs["obs_id"] == 2])
    later.observations["tstart_mjd"][0] -= 1.0
    summary = cost_summary(later)
    assert [observation.obs_id for observation in summary.observations] == [2]
    assert summary.total.data_s == pytest.approx(TOBS_S)


def test_tariff_is_that_of_the_configuration() -> None:
    config = override(SearchConfig(), tariff_per_core_hour=30.0, currency="euro")
    summary = summarised(fake_costs(), configuration=to_toml(config))
    assert (summary.total.price, summary.currency) == (pytest.approx(1.0), "euro")


@pytest.mark.parametrize(
    "provenance",
    [
        {"configuration": "[cost]\ntariff_per_core_hour = 0.0"},
        {"configuration": "[cost]\ntariff_per_core_hour = -1"},
        {"configuration": "[cost]\nunknown = 1"},
        {"configuration": "cost = 3"},
        {"configuration": "no TOML"},
        {"configuration": "", "configuration [b.h5]": "[cost]\ntariff_per_core_hour = 0.2"},
    ],
)
def test_no_price_without_one_tariff(provenance: dict[str, str]) -> None:
    summary = summarised(fake_costs(), **provenance)
    assert (summary.total.price, summary.price_per_beam_hour, summary.currency) == (None, None, "")


def test_merged_texts_with_one_tariff_agree() -> None:
    texts = {"configuration": "", "configuration [b.h5]": "[folding]\nnbins_max = 32"}
    assert summarised(fake_costs(), **texts).total.price is not None


def test_nothing_known() -> None:
    summary = cost_summary(fake_tables())
    assert summary.is_empty
    assert (summary.total.core_s, summary.total.real_time_factor, summary.observations) == (0.0, None, ())
    nothing = replace(fake_tables(is_empty=True), observations=empty_table(OBSERVATION_COLUMNS))
    assert cost_summary(nothing).price_per_beam_hour is None


def test_damaged_rows_are_valid_json() -> None:
    costs = fake_costs()
    costs["wall_s"][0] = costs["core_s"][1] = np.nan
    costs["start_mjd"][2] = np.inf
    with np.errstate(invalid="ignore"):
        content = summarised(costs).plain()
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_every_column_of_the_sums_is_in_the_table() -> None:
    assert {"wall_s", "cpu_s", "core_s", "read_bytes", "peak_bytes"} < {column.name for column in COST_COLUMNS}
