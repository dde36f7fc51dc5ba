"""A figure that shows itself in a notebook and saves itself to a file."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 100


class Picture:
    """A finished drawing.

    Parameters
    ----------
    figure
        Matplotlib figure; it is independent of pyplot, so nothing has to be closed.
    """

    def __init__(self, figure: "Figure") -> None:
        self.figure = figure

    def save(self, path: str | Path) -> Path:
        """Write the drawing to a file.

        Parameters
        ----------
        path
            Name of the file; its ending says the format: .png, .pdf or .svg.

        Returns
        -------
        Path
            The same name.
        """
        self.figure.savefig(path, dpi=_DPI)
        return Path(path)

    def png(self) -> bytes:
        """Return the drawing as the bytes of a PNG file."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=_DPI)
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        width, height = self.figure.get_size_inches() * _DPI
        return f"Picture of {width:.0f} x {height:.0f} pixels; save(path) writes it"
