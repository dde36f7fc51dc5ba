"""What a candidate is called and where it is seen, in words."""

import numpy as np


def text_of(row: np.void, name: str) -> str:
    """Return a text of a row of a table; a letter that its width cut in two is replaced."""
    return bytes(row[name]).decode("utf-8", "replace")


def known_text(candidate: np.void) -> str:
    """Name the known pulsar that a candidate is, and which harmonic of it.

    Parameters
    ----------
    candidate
        Row of a table with the columns of `CANDIDATE_COLUMNS`.

    Returns
    -------
    str
        Such as "B0329+54", or "B0329+54 x2" at twice its frequency; empty where it is none.
    """
    name, harmonic = text_of(candidate, "known_pulsar"), text_of(candidate, "known_harmonic")
    return f"{name} x{harmonic}" if name and harmonic not in ("", "1") else name


def identity_sentences(candidate: np.void) -> list[str]:
    """Say which known pulsar a candidate is, and in which beams it is seen.

    Parameters
    ----------
    candidate
        Row of a table with the columns of `CANDIDATE_COLUMNS`.

    Returns
    -------
    list of str
        No sentence for a new signal in one beam.
    """
    sentences = []
    name, harmonic = text_of(candidate, "known_pulsar"), text_of(candidate, "known_harmonic")
    if name and harmonic in ("", "1"):
        sentences.append(f"Known: it is the pulsar {name}, at its frequency and DM.")
    elif name:
        sentences.append(f"Known: it is the pulsar {name}, at {harmonic} times its frequency.")
    beams = [beam for beam in text_of(candidate, "beams").split(",") if beam]
    if len(beams) > 1:
        listed = f"{', '.join(beams[:-1])} and {beams[-1]}"
        sentences.append(f"Note: it is seen in {len(beams)} beams, {listed}.")
    return sentences
