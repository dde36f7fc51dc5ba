"""A night as metrics of Prometheus, for the textfile collector of its node exporter."""

from collections import Counter
from pathlib import Path
from typing import Final, get_args

from fastpipe.data.night_state import SearchStatus
from fastpipe.data.night_summary import NightSummary
from fastpipe.io.atomic import replacing

METRICS_NAME: Final = "night.prom"
"""Name of the metrics in the folder of a night."""

_PREFIX: Final = "fastpipe_night_"
_STATUSES: Final = (*get_args(SearchStatus), "waiting")


def write_metrics(path: Path, summary: NightSummary, last_success_unix_s: float) -> None:
    """Write the metrics of a night; the file is whole at any moment.

    Parameters
    ----------
    path
        File to write. Its collector reads names that end in .prom.
    summary
        The night.
    last_success_unix_s
        When a search last ended well, in s since 1970 (UTC); 0 if none did.
    """
    with replacing(path) as temporary:
        # The collector often is another user.
        temporary.chmod(0o644)
        temporary.write_text(metrics_text(summary, last_success_unix_s), "utf-8")


def metrics_text(summary: NightSummary, last_success_unix_s: float) -> str:
    """Return the metrics of a night in Prometheus' text format, version 0.0.4.

    Parameters
    ----------
    summary
        The night.
    last_success_unix_s
        When a search last ended well, in s since 1970 (UTC); 0 if none did.

    Returns
    -------
    str
        Gauges, each with its HELP and TYPE, every line ended.
    """
    by_status = Counter(row.status for row in summary.rows)
    is_known = Counter(bool(candidate.known_pulsar) for candidate in summary.candidates)
    is_seen = Counter(pulsar.is_seen for pulsar in summary.pulsars)
    metrics: list[tuple[str, str, dict[str, float]]] = [
        ("observations", "Observations by status.", {_label("status", name): by_status[name] for name in _STATUSES}),
        (
            "candidates",
            "Candidates in the catalogue of the night.",
            {_label("known", "yes"): is_known[True], _label("known", "no"): is_known[False]},
        ),
        (
            "known_pulsars",
            "Known pulsars in the beams.",
            {_label("seen", "yes"): is_seen[True], _label("seen", "no"): is_seen[False]},
        ),
        ("shared_signals", "Signals common to beams, taken as interference.", {"": len(summary.interference)}),
        ("searched_bytes", "Size of the files of all observations that are done.", {"": summary.searched_bytes}),
        ("observed_seconds", "Length of all observations that are done.", {"": summary.tobs_s}),
        ("cpu_seconds", "CPU time of all searches.", {"": summary.core_s}),
        ("wall_seconds", "Wall time of all searches, one after the other.", {"": sum(row.wall_s for row in summary.rows)}),
        ("attempts", "Searches that ended, well or not.", {"": sum(row.nattempts for row in summary.rows)}),
        ("over", "Whether the night is over.", {"": summary.is_over}),
        ("last_success_timestamp_seconds", "When a search last ended well.", {"": last_success_unix_s}),
        ("updated_timestamp_seconds", "When these metrics were written.", {"": summary.updated_unix_s}),
    ]
    lines = []
    for name, explanation, samples in metrics:
        lines += [f"# HELP {_PREFIX}{name} {explanation}", f"# TYPE {_PREFIX}{name} gauge"]
        lines += [f"{_PREFIX}{name}{labels} {_number(value)}" for labels, value in samples.items()]
    return "\n".join(lines) + "\n"


def _label(name: str, value: str) -> str:
    return f'{{{name}="{value}"}}'


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
