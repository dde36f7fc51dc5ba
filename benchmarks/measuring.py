"""Taking times in benchmarks and printing what they mean."""

from typing import Any


def run(benchmark: Any, function: Any, *args: Any) -> float | None:
    """Measure a call a few times; returns the shortest time in s, or None where benchmarks are run for their faults only."""
    benchmark.pedantic(function, args=args, rounds=5, iterations=1, warmup_rounds=1)
    return None if benchmark.stats is None else float(benchmark.stats.stats.min)


def report(benchmark: Any, name: str, figures: dict[str, float]) -> None:
    """Print figures with their units in one line, and store them with the times."""
    benchmark.extra_info.update({unit: round(value, 3) for unit, value in figures.items()})
    print(f"\n{name}: " + ", ".join(f"{value:.3g} {unit}" for unit, value in figures.items()))
