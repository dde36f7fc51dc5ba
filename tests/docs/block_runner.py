"""Runs the blocks of a page: commands of fastpipe in this process, Python in a namespace of the page."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner

from fastpipe.cli.main import group
from tests.docs.pages import Block

_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]\d+)?")


class PageRunner:
    """Runs blocks one after the other; files and names of one block are there for the next."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {}

    def run(self, block: Block) -> None:
        """Run one block; fails with what was printed."""
        match block.language:
            case "python":
                exec(compile(block.text, f"line {block.line}", "exec"), self._names)
            case "bash":
                for command in _commands(block.text):
                    run_command(command)
            case "console":
                _compare(block.text)
            case "toml":
                tomllib.loads(block.text)


def run_command(command: str) -> str:
    """Run one line and return what it prints."""
    words = shlex.split(command, comments=True)
    assert words[0] == "fastpipe", (
        f"found {command!r}, expected a command of fastpipe; or say above the block why it is not run"
    )
    words, file = (words[:-2], words[-1]) if len(words) > 2 and words[-2] == ">" else (words, None)
    done = CliRunner().invoke(group, words[1:], prog_name="fastpipe")
    assert done.exit_code == 0, f"{command} ended with {done.exit_code}: {done.output} {done.exception!r}"
    if file:
        Path(file).write_text(done.stdout, encoding="utf-8")
    return done.output


def _commands(text: str) -> list[str]:
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _compare(text: str) -> None:
    """Run the lines that begin with a dollar, and compare what they print with the lines below."""
    for part in ("\n" + text).split("\n$ ")[1:]:
        command, _, expected = part.partition("\n")
        printed = run_command(command)
        assert is_shown(expected, printed), f"{command} prints\n{printed}\nexpected\n{expected}"


def is_shown(expected: str, printed: str) -> bool:
    """Whether lines are as a page shows them: ``...`` stands for any lines, numbers may differ by 2 %.

    A page that shows nothing says nothing.
    """
    lines, place = printed.strip().splitlines(), 0
    parts = [part.strip().splitlines() for part in re.split(r"^\.\.\.$", expected, flags=re.MULTILINE)]
    for number, wanted in enumerate(parts):
        last = len(lines) - len(wanted)
        is_last = number == len(parts) - 1 and wanted
        starts = [0] if number == 0 else range(max(place, last) if is_last else place, last + 1)
        found = [start for start in starts if _all_agree(wanted, lines[start:])]
        if not found:
            return False
        place = found[0] + len(wanted)
    return not expected.strip() or not parts[-1] or place == len(lines)


def _all_agree(wanted: list[str], lines: list[str]) -> bool:
    return len(wanted) <= len(lines) and all(_agree(one, other) for one, other in zip(wanted, lines, strict=False))


def _agree(wanted: str, line: str) -> bool:
    words, others = (_NUMBER.sub("0", text).split() for text in (wanted, line))
    numbers, found = (list(map(float, _NUMBER.findall(text))) for text in (wanted, line))
    return words == others and np.allclose(numbers, found, rtol=0.02, atol=0.02)
