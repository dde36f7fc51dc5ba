"""The page and the sentences of a night."""

from dataclasses import replace

import pytest

from fastpipe.plotting.night_page import night_page
from fastpipe.plotting.night_text import findings, headline, needs, night_table
from tests.fake_night import HOSTILE, fake_night
from tests.html_outline import outline


@pytest.mark.parametrize("is_over", [True, False])
def test_page_is_whole_and_needs_nothing(is_over: bool) -> None:
    found = outline(night_page(fake_night(is_over=is_over)))
    assert not set(found.tags) & {"script", "link", "img", "iframe"}
    attributes = {name for name, _ in found.values}
    assert not attributes & {"href", "src", "onload", "onclick"}
    assert "http://" not in night_page(fake_night())
    assert ("http-equiv" in attributes) == (not is_over)


def test_page_escapes_what_files_say() -> None:
    # As text it is there in the inbox, in the table and in what needs a person.
    assert outline(night_page(fake_night())).text.count(HOSTILE) == 3


def test_first_sentence_says_whether_all_is_well() -> None:
    night = fake_night()
    assert headline(night) == "16 of 19 observations were searched; 5 things need you."
    fine = replace(night, rows=tuple(row for row in night.rows if row.status == "done" and row.beam != 4), pulsars=())
    assert headline(fine) == "All 15 observations were searched; nothing needs you."
    assert headline(replace(fine, rows=fine.rows[:1])) == "1 observation was searched; nothing needs you."
    assert headline(fake_night(is_over=False)) == "The night is at work: 14 of 19 observations searched so far."
    assert headline(replace(fine, rows=(), is_over=False)) == "Nothing has arrived yet."


def test_second_sentence_says_what_was_found() -> None:
    assert findings(fake_night()) == (
        "2 new candidates look like a pulsar, the best one at 92.3077 ms and DM 50.0 in beam 7 of J1924+1230_tracking-M07; "
        "1 of 3 known pulsars in the beams was seen."
    )
    assert findings(replace(fake_night(), candidates=(), pulsars=())) == "No new candidate looks like a pulsar."
    assert findings(replace(fake_night(), rows=())) == ""


def test_what_needs_a_person_comes_with_advice() -> None:
    found = needs(fake_night())
    assert [sentence.split()[0].removeprefix("J1924+1230_tracking-") for sentence in found] == [
        "M09",
        "M12",
        "M19",
        "J1925+1241",
        "M04",
    ]
    assert found[0].endswith(
        "give more. Give more memory or disk, or fewer jobs at a time, then run the night again with --retry-failed."
    )
    # While the night works, what is not complete needs nobody.
    assert len(needs(fake_night(is_over=False))) == 4


def test_what_has_one_cause_is_said_once() -> None:
    night = fake_night()
    failed = next(row for row in night.rows if row.status == "failed")
    rows = [replace(failed, name=f"again-{number}") for number in range(50)]
    found = needs(replace(night, rows=(*night.rows, *rows)))
    assert len(found) == len(needs(night))
    assert found[0].startswith("J1924+1230_tracking-M09 (and 50 more) failed: found 2.1 GiB of memory")


def test_table_of_the_terminal() -> None:
    lines = night_table(fake_night())
    assert lines[:2] == [headline(fake_night()), findings(fake_night())]
    assert "searched 16  incomplete 1  failed 1  bad file 1" in lines
    assert [line.split()[0] for line in lines[-21:-17]] == ["1", "2", "3", "5"]
    assert lines[-1] == "... and 9 more"
