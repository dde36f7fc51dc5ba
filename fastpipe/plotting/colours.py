"""Colours that people with any colour vision tell apart (Okabe & Ito 2008), and the colour map of all maps."""

from typing import Final

BLACK: Final = "#000000"
GREY: Final = "#999999"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"

MAP: Final = "cividis"
"""Perceptually even, and the same for readers with red-green colour blindness."""
EMPTY: Final = "#D9D9D9"
"""Where a map has no data."""
