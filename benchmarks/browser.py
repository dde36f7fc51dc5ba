"""How quick the candidate browser is on ten thousand candidates: what a person waits for, and CPU time of the server.

Needs the extra ``browse``, playwright and Chromium. Run it on an idle machine:

    python -m benchmarks.browser
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from fastpipe.io.catalogue import write_catalogue
from tests.browser.conftest import find_chromium, running
from tests.many_candidates import many_candidates

NCANDIDATES = 10_000
NREPEATS = 8
DRAWING_S = 2.5
"""Time that a person looks at a candidate, in which the next one is drawn."""


def main() -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "many.h5"
        write_catalogue(path, many_candidates(NCANDIDATES))
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        with running(path) as served:
            process = psutil.Process(served.process.pid)
            pages = []

            def visit() -> None:
                pages.append(browser.new_page(viewport={"width": 1280, "height": 720}))
                pages[-1].goto(served.url)
                pages[-1].wait_for_selector("html[data-ready]")

            for _ in range(3):
                report("open the page", [measure(visit, process)])
            measure_acts(pages[-1], process)
        browser.close()


def measure_acts(page: Any, process: psutil.Process) -> None:
    page.wait_for_selector("img.page")

    def choose(number: int) -> Callable[[], None]:
        def act() -> None:
            page.keyboard.press("j")
            page.wait_for_selector(f"#view-1 img[alt^='Candidate {number}']")

        return act

    def grade(number: int) -> Callable[[], None]:
        def act() -> None:
            page.keyboard.press("p" if number % 2 else "r")
            page.wait_for_selector(f"#status >> text=is graded {'pulsar' if number % 2 else 'rfi'}")

        return act

    def limit(number: int) -> Callable[[], None]:
        def act() -> None:
            before = page.locator("#title .head").inner_text()
            page.get_by_label("S/N from", exact=True).fill(str(5 * number))
            page.keyboard.press("Enter")
            while page.locator("#title .head").inner_text() == before:
                time.sleep(0.005)

        return act

    for name, make, pause_s in (("choose, drawn ahead", choose, DRAWING_S), ("grade", grade, 0.3), ("filter", limit, 0.3)):
        results = []
        for number in range(2, 2 + NREPEATS):
            time.sleep(pause_s)
            results.append(measure(make(number), process))
        report(name, results)


def measure(act: Callable[[], None], process: psutil.Process) -> tuple[float, float]:
    """Return wall time of an act, and CPU time of the server meanwhile, in s."""
    cpu_s, begin = sum(process.cpu_times()[:2]), time.perf_counter()
    act()
    return time.perf_counter() - begin, sum(process.cpu_times()[:2]) - cpu_s


def report(name: str, results: list[tuple[float, float]]) -> None:
    wall, cpu = ([1e3 * values[place] for values in results] for place in (0, 1))
    print(f"{name:<22} median {statistics.median(wall):6.0f} ms, worst {max(wall):6.0f} ms; server {max(cpu):5.0f} ms CPU")


if __name__ == "__main__":
    main()
