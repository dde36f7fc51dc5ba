"""Tables of what was found over what theory says."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.pulse_trains import Recovery

Cells = Sequence[Sequence[Recovery]]


def print_ratios(
    name: str,
    row_names: Sequence[str],
    column_names: Sequence[str],
    cells: Cells,
    ratio: Callable[[Recovery], NDArray[np.float64]],
) -> None:
    """Print median, 16 and 84 % of a ratio for each cell, as a table of Markdown, and the median of all."""
    print(f"\n{name}: median (16 to 84 %)\n\n| | " + " | ".join(column_names) + " |\n|" + "---|" * (len(column_names) + 1))
    for row_name, row in zip(row_names, cells, strict=True):
        texts = ["{:.2f} ({:.2f}-{:.2f})".format(*np.percentile(ratio(each), [50, 16, 84])) for each in row]
        print(f"| {row_name} | " + " | ".join(texts) + " |")
    together = np.concatenate([ratio(each) for row in cells for each in row])
    print(f"\nmedian of all {together.size}: {np.median(together):.3f}", flush=True)


def print_recoveries(row_names: Sequence[str], column_names: Sequence[str], cells: Cells) -> None:
    """Print losses of power, and the sigma found over that of theory, before and after these losses."""
    ratios: dict[str, Callable[[Recovery], NDArray[np.float64]]] = {
        "power kept by the trials": lambda each: each.sampled,
        "power kept by whitening": lambda each: each.whitened,
        "sigma found over theory": lambda each: each.found / each.theory,
        "sigma found over theory less these losses": lambda each: each.found / each.expected,
    }
    for name, ratio in ratios.items():
        print_ratios(name, row_names, column_names, cells, ratio)


def duration_text(seconds: float) -> str:
    """Write a period as the tables do.

    Examples
    --------
    >>> duration_text(0.0015), duration_text(2.0)
    ('1.5 ms', '2 s')
    """
    return f"{seconds:g} s" if seconds >= 1.0 else f"{1e3 * seconds:g} ms"
