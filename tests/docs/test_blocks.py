"""Every block of code of every page runs, or says above it why it does not.

Commands and Python of a page run in one folder, from top to bottom, with the files of `given_files` where the page names
them. A block of ``text`` is no code.
"""

import re
from pathlib import Path

import pytest

from tests.docs.block_runner import PageRunner
from tests.docs.given_files import make_given_files
from tests.docs.pages import PAGES, blocks_of, name_of, text_outside_blocks

RUN = {"bash", "console", "python", "toml"}
NOT_CODE = {"text", "ini"}
COMMAND = re.compile(r"(^|[\s/])fastpipe [a-z]|^\$ ", re.MULTILINE)
WITH_CODE = [page for page in PAGES if any(block.language in RUN and not block.reason for block in blocks_of(page))]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_say_what_they_are(page: Path) -> None:
    for block in blocks_of(page):
        place = f"{name_of(page)}:{block.line}"
        assert block.language in RUN | NOT_CODE, f"{place}: a block of {block.language!r}, expected one of {RUN | NOT_CODE}"
        is_honest = block.language in RUN or bool(block.reason) or not COMMAND.search(block.text)
        assert is_honest, f"{place}: commands that are not run, and no comment <!-- not run: REASON --> above the block"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_is_fenced(page: Path) -> None:
    """Code that is only indented has no language, and is not run."""
    indented = re.findall(r"\n\n {4,}(?![-*\d ])\S.*", text_outside_blocks(page))
    assert not indented, f"{name_of(page)}: indented blocks, expected fences: {indented}"


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE, ids=name_of)
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Tables of telescopes and pulsars of whoever runs the tests change nothing.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    for folder in ("settings", "sample_data"):
        (tmp_path / folder).mkdir()
    blocks = [block for block in blocks_of(page) if block.language in RUN and not block.reason]
    make_given_files(tmp_path, "\n".join(block.text for block in blocks))
    runner = PageRunner()
    for block in blocks:
        runner.run(block)
