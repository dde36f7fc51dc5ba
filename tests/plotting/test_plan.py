"""The plan as text and as a figure."""

import numpy as np

from fastpipe.data.planned_search import PlannedSearch
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.plan import draw_plan
from fastpipe.plotting.plan_text import plan_report
from tests.fake_plan import fake_plan


def test_every_term_and_width_is_drawn() -> None:
    planned = fake_plan()
    upper, lower = draw_plan(planned.header, planned.dispersion, planned.smearing).axes
    terms = {line.get_label(): np.asarray(line.get_ydata()) for line in upper.lines}
    np.testing.assert_allclose(terms["all together"], 1e3 * planned.smearing.total_s)
    assert {"dispersion in a channel", "half-way between DM trials", "delays rounded to samples", "sampling"} <= set(terms)
    kept = {line.get_label(): np.asarray(line.get_ydata()) for line in lower.lines}
    np.testing.assert_allclose(kept["pulse of 5 ms"], 100 * planned.smearing.snr_kept(5e-3))
    assert set(kept) == {"pulse of 1 ms", "pulse of 5 ms", "pulse of 50 ms"}
    resolutions = {dm_range.downsample for dm_range in planned.dispersion.ranges}
    assert {text.get_text().strip() for text in upper.texts} == {f"x{downsample}" for downsample in resolutions}


def test_one_trial_is_a_figure() -> None:
    planned = fake_plan(dm_max=0.0)
    figure = draw_plan(planned.header, planned.dispersion, planned.smearing)
    assert Picture(figure).png().startswith(b"\x89PNG")


def test_tables_name_ranges_passes_and_sums() -> None:
    planned: PlannedSearch = fake_plan()
    lines = plan_report(planned)
    nranges, npasses = len(planned.dispersion.ranges), len(planned.cost.passes)
    rows = lines[2 : 2 + nranges]
    assert [float(row.split()[2]) for row in rows] == [dm_range.dm_step for dm_range in planned.dispersion.ranges]
    smearing_ms = float(rows[-1].split()[9])
    assert np.isclose(smearing_ms, 1e3 * planned.smearing.total_s[-1], atol=6e-4)
    assert [row.split()[0] for row in lines[4 + nranges : 4 + nranges + npasses]] == [str(n + 1) for n in range(npasses)]
    assert "memory     900 MiB at most, in one pass over the recording" in lines
    assert "time       30 s with 2 threads; the data were taken in 13.1 s" in lines
