"""Measured rates kept between runs, as JSON."""

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from fastpipe.data.kernel_rates import KernelRates
from fastpipe.errors import FastpipeError
from fastpipe.io.atomic import replacing


def read_rates(path: Path, machine: str) -> KernelRates | None:
    """Read rates that were measured before.

    Parameters
    ----------
    path
        The file.
    machine
        What they must have been measured on, in words.

    Returns
    -------
    KernelRates or None
        None where there is no such file, or it is of another machine or another version.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return KernelRates(**content["rates"]) if content["machine"] == machine else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_rates(path: Path, machine: str, rates: KernelRates) -> None:
    """Keep rates for the next run; where that is not possible they are measured again.

    Parameters
    ----------
    path
        The file.
    machine
        What they were measured on, in words.
    rates
        The rates.
    """
    with suppress(FastpipeError), replacing(path) as temporary:
        temporary.write_text(json.dumps({"machine": machine, "rates": asdict(rates)}), encoding="utf-8")
