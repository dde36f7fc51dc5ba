"""At what level noise is stored in samples of a few bits."""

from collections.abc import Mapping
from typing import Final

SAMPLE_LEVELS: Final[Mapping[int, tuple[float, float]]] = {
    1: (0.5, 1.0),
    2: (1.5, 1.0),
    4: (7.5, 3.0),
    8: (96.0, 16.0),
    16: (6144.0, 1024.0),
    32: (96.0, 16.0),
}
"""Mean and standard deviation of noise for each number of bits, in counts.

Up to 4 bits the middle of the range and the step that loses least for Gaussian noise (Max 1960, IRE Trans. Inf. Theory 6,
7); from 8 bits on levels as FAST records them, with room upwards.
"""
