"""How a catalogue was made, as texts that depend on nothing but input, configuration and versions."""

from collections.abc import Sequence
from importlib.metadata import version

from fastpipe._version import __version__
from fastpipe.config import SearchConfig, to_toml
from fastpipe.pipeline.preflight import SearchPlan

_LIBRARIES = ("numpy", "numba", "scipy", "dask", "h5py")


def provenance(config: SearchConfig, plan: SearchPlan, remarks: Sequence[str]) -> dict[str, str]:
    """Return the texts that go into /provenance of a catalogue; `remarks` has one line for each sentence."""
    return {
        "fastpipe_version": __version__,
        **{f"{library}_version": version(library) for library in _LIBRARIES},
        "configuration": to_toml(config),
        "dm_trials": str(plan.dispersion.ntrials),
        "effective_trials": f"{plan.ntrials:.6g}",
        "remarks": "\n".join(remarks),
    }
