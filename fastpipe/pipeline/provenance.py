"""How a catalogue was made, as texts that depend on nothing but input, configuration and versions."""

from collections.abc import Sequence
from importlib.metadata import version

from fastpipe._version import __version__
from fastpipe.config import SearchConfig, to_toml
from fastpipe.pipeline.preflight import SearchPlan

_LIBRARIES = ("numpy", "numba", "scipy", "dask", "h5py")


def provenance(config: SearchConfig, plan: SearchPlan | None, remarks: Sequence[str]) -> dict[str, str]:
    """Return the texts that go into /provenance of a catalogue.

    Parameters
    ----------
    config
        Options of all stages.
    plan
        What was tried; None where nothing was searched.
    remarks
        Sentences for the reader; each becomes a line.
    """
    trials = {}
    if plan is not None:
        trials = {"dm_trials": str(plan.dispersion.ntrials), "effective_trials": f"{plan.ntrials:.6g}"}
    return {
        "fastpipe_version": __version__,
        **{f"{library}_version": version(library) for library in _LIBRARIES},
        "configuration": to_toml(config),
        **trials,
        "remarks": "\n".join(remarks),
    }
