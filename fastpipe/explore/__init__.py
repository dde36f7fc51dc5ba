"""fastpipe for people at a Python prompt or in a notebook: objects that show and explain themselves."""

from fastpipe.explore.candidate import Candidate
from fastpipe.explore.catalogue import Catalogue, load
from fastpipe.explore.fold import fold
from fastpipe.explore.observation import Observation, open
from fastpipe.explore.search import search

__all__ = ["Candidate", "Catalogue", "Observation", "fold", "load", "open", "search"]
