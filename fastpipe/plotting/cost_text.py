"""What a catalogue cost, as text: a line, and tables by stage and by observation."""

from fastpipe.data.measured_cost import CostSummary, MeasuredCost, ObservationCost
from fastpipe.units import format_bytes

_HEADINGS = ("wall (s)", "CPU (s)", "core-seconds", "read", "memory", "times real time")
_LEAST_PRICE = 0.001
_MANY_CORE_S = 36_000.0
_HOUR_S = 3600.0


def cost_lines(summary: CostSummary) -> list[str]:
    """Write a table of the stages, one of the observations where there are several, and the sums.

    Parameters
    ----------
    summary
        What the catalogue cost.

    Returns
    -------
    list of str
        The lines.
    """
    if summary.is_empty:
        return ["No cost is known."]
    total = ("all", summary.total)
    lines = _table("stage", [*summary.stages.items(), total], summary.currency)
    if len(summary.observations) > 1:
        named = [(_name(observation), observation.total) for observation in summary.observations]
        lines += ["", *_table("observation", [*named, total], summary.currency)]
    lines += ["", cost_sentence(summary)]
    if summary.price_per_beam_hour is not None:
        lines.append(f"The search of an hour of one beam costs {_price(summary.price_per_beam_hour)} {summary.currency}.")
    unfinished_core_s = summary.total.unfinished_core_s
    if unfinished_core_s > 0:
        lines.append(f"{_core_time(unfinished_core_s)} of these went into stages that were interrupted or failed.")
    return lines


def cost_sentence(summary: CostSummary) -> str:
    """Say in one line what a catalogue cost.

    Parameters
    ----------
    summary
        What the catalogue cost.

    Returns
    -------
    str
        Such as "Cost: 93 core-seconds, 1.1 times faster than real time, 8 GiB read, 0.0026 yuan"; an empty text where
        nothing is known.
    """
    if summary.is_empty:
        return ""
    total = summary.total
    parts = [_core_time(total.core_s), _speed(total), f"{format_bytes(total.read_bytes)} read"]
    if total.price is not None:
        parts.append(f"{_price(total.price)} {summary.currency}")
    return f"Cost: {', '.join(filter(None, parts))}"


def _table(heading: str, rows: list[tuple[str, MeasuredCost]], currency: str) -> list[str]:
    lines = [(heading, *_HEADINGS, *([currency] if currency else []))]
    lines += [(name, *_cells(cost)) for name, cost in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines]


def _cells(cost: MeasuredCost) -> tuple[str, ...]:
    factor = cost.real_time_factor
    cells = (
        f"{cost.wall_s:.2f}",
        f"{cost.cpu_s:.2f}",
        f"{cost.core_s:.2f}",
        format_bytes(cost.read_bytes),
        format_bytes(cost.peak_bytes),
        "-" if factor is None else _digits(factor),
    )
    return cells if cost.price is None else (*cells, _price(cost.price))


def _name(observation: ObservationCost) -> str:
    return f"{observation.obs_id}: {observation.source or 'no name'}, beam {observation.beam}"


def _core_time(core_s: float) -> str:
    if core_s < _MANY_CORE_S:
        return f"{_digits(core_s)} core-seconds"
    return f"{_digits(core_s / _HOUR_S)} core-hours"


def _speed(cost: MeasuredCost) -> str:
    """Compare wall time with the length of the data; an empty text where one of them is not known."""
    factor = cost.real_time_factor
    if not factor:
        return ""
    times, word = (factor, "faster") if factor >= 1 else (1 / factor, "slower")
    text = _digits(times)
    return "as fast as real time" if text == "1" else f"{text} times {word} than real time"


def _price(price: float) -> str:
    if 0 < price < _LEAST_PRICE:
        return f"<{_LEAST_PRICE:g}"
    return f"{price:.2f}" if price >= 1 else f"{price:.2g}"


def _digits(value: float) -> str:
    """Write two digits of a number, or all digits before its point, without a power of ten."""
    return f"{value:.0f}" if value >= 9.95 else f"{float(f'{value:.2g}'):.6g}"
