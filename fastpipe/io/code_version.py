"""Which code made a result: what a checkpoint of other code must not be taken for."""

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("fastpipe", "fastpipe_kernels")
_ENDINGS: Final = (".py", ".toml", ".json")
"""Of sources, and of the tables and models that ship with them."""
_SHOWING: Final = {"browser", "cli", "explore", "plotting"}
"""Packages that show results and make none."""
_LIBRARIES: Final = ("numpy", "numba", "scipy", "astropy", "astropy-iers-data")


@cache
def code_version() -> str:
    """Return a digest of the sources and tables of fastpipe and its kernels, and of the versions of what they compute with.

    Sources that only show results do not count: another colour of a plot must not cost a search.

    Examples
    --------
    >>> len(code_version())
    64
    """
    digest = hashlib.sha256("".join(f"{library} {version(library)}\n" for library in _LIBRARIES).encode())
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            for path in sorted(Path(folder).rglob("*.*")):
                if path.suffix in _ENDINGS and path.relative_to(folder).parts[0] not in _SHOWING:
                    digest.update(path.read_bytes())
    return digest.hexdigest()
