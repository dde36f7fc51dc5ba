"""A figure that shows itself in a notebook and saves itself to a file."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI: Final = 100
# The same catalogue gives the same file: no dates.
_METADATA: Final = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}


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
        self.figure.savefig(path, dpi=_DPI, metadata=_METADATA.get(Path(path).suffix.lower().lstrip(".")))
        return Path(path)

    def png(self) -> bytes:
        """Return the drawing as the bytes of a PNG file."""
        return self._drawn("png")

    def pdf(self) -> bytes:
        """Return the drawing as the bytes of a PDF file of one page; letters stay letters."""
        return self._drawn("pdf")

    def _drawn(self, form: str) -> bytes:
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format=form, dpi=_DPI, metadata=_METADATA.get(form))
        return buffer.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        width, height = self.figure.get_size_inches() * _DPI
        return f"Picture of {width:.0f} x {height:.0f} pixels; save(path) writes it"


def pdf_pages(pictures: Iterable[Picture]) -> bytes:
    """Put drawings into one PDF file.

    Parameters
    ----------
    pictures
        One page each; they are drawn one after the other, so an iterator holds one of them at a time.

    Returns
    -------
    bytes
        The file.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    buffer = io.BytesIO()
    with PdfPages(buffer, metadata=_METADATA["pdf"]) as pages:
        for picture in pictures:
            pages.savefig(picture.figure, dpi=_DPI)
    return buffer.getvalue()
