"""Search for pulsars in recordings of radio telescopes.

Examples
--------
>>> import fastpipe as fp
>>> obs = fp.open("recording.fil")  # doctest: +SKIP
>>> catalogue = fp.search(obs, dm_max=500)  # doctest: +SKIP
>>> catalogue[0].plot()  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from fastpipe._version import __version__

if TYPE_CHECKING:
    from fastpipe.explore import Candidate, Catalogue, Observation, fold, load, open, search

__all__ = ["Candidate", "Catalogue", "Observation", "__version__", "fold", "load", "open", "search"]


def __getattr__(name: str) -> object:
    # Loaded on first use, so that the command line starts without NumPy.
    if name in __all__:
        from fastpipe import explore

        return getattr(explore, name)
    raise AttributeError(f"module 'fastpipe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
