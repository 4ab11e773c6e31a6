"""The report in a real browser: what it asks for, what it complains about, what it paints, how it prints.

Needs Chromium. Without it these tests fail, because a report that nobody has rendered is not tested; on a machine that
cannot have it, set MATCHER_SKIP_BROWSER=1.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from matcher.llr import Language
from matcher.report.batch import ReportBatch
from matcher.report.html.render import render_html

pytestmark = pytest.mark.slow

SKIP_VARIABLE = "MATCHER_SKIP_BROWSER"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--no-default-browser-check", "--hide-scrollbars", "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
STONE_BLUE, OCHRE = (0x12, 0x60, 0x7D), (0xB0, 0x50, 0x1A)


@dataclass(frozen=True)
class Browser:
    """A Chromium that opens one file at a time, each in a new profile."""

    program: str
    directory: Path

    def open(self, html: str, *flags: str) -> subprocess.CompletedProcess[str]:
        page = self.directory / "report.html"
        page.write_text(html, "utf-8")
        profile = self.directory / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        command = [self.program, *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def asked_by_the_page(log: Path) -> list[str]:
    """Return the addresses that the page asked for; the browser's own errands have no origin."""
    parameters = [event.get("params", {}) for event in json.loads(log.read_text("utf-8"))["events"]]
    return [p["url"] for p in parameters if "url" in p and p.get("initiator", "not an origin") != "not an origin"]


def without_policy(html: str) -> str:
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None and os.environ.get(SKIP_VARIABLE) == "1":
        pytest.skip(f"no Chromium, and {SKIP_VARIABLE}=1")
    if program is None:
        pytest.fail(f"Chromium is not installed: apt-get install chromium fonts-noto-cjk, or set {SKIP_VARIABLE}=1")
    return Browser(program, tmp_path)


def pixels(path: Path) -> NDArray[np.int16]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def share_of(colour: tuple[int, int, int], image: NDArray[np.int16], *, within: int = 2) -> float:
    return float((np.abs(image - np.array(colour, np.int16)).max(axis=2) <= within).mean())


def test_it_paints_photos_and_bars_without_a_complaint(browser: Browser, batch: ReportBatch) -> None:
    shot, log = browser.directory / "shot.png", browser.directory / "net.json"
    done = browser.open(render_html(batch), "--window-size=1366,2400", f"--screenshot={shot}", f"--log-net-log={log}")
    assert complaints(done) == []
    image = pixels(shot)
    assert image.shape == (2400, 1366, 3)
    colours = np.unique(image.astype(np.int32) @ np.array((65536, 256, 1), np.int32))
    assert colours.size > 2000  # photographs, not a blank page
    assert 0.002 < share_of(STONE_BLUE, image) < 0.1  # bars for
    assert 0.0002 < share_of(OCHRE, image) < 0.05  # bars against
    assert asked_by_the_page(log) == []


def test_the_probe_itself_would_notice(browser: Browser, batch: ReportBatch) -> None:
    """A page that breaks the policy in three ways must be caught, else the test above could not fail."""
    broken = render_html(batch).replace(
        "</main>",
        '</main><script>document.body.id="ran"</script><p style="color:red">x</p>'
        '<img src="http://tracker.invalid/x.png">',
    )
    done = browser.open(broken, "--dump-dom")
    said = "\n".join(complaints(done))
    assert said.count("Content Security Policy") >= 3
    assert "<body>" in done.stdout


def test_hostile_text_neither_runs_nor_asks(browser: Browser, hostile_batch: ReportBatch) -> None:
    log = browser.directory / "net.json"
    done = browser.open(render_html(hostile_batch), "--dump-dom", f"--log-net-log={log}")
    assert complaints(done) == []
    assert done.stdout.count("<script") == 0
    assert "&lt;script&gt;" in done.stdout
    assert asked_by_the_page(log) == []


@pytest.mark.parametrize("width", [420, 820, 1366])
def test_nothing_is_wider_than_the_window(browser: Browser, batch: ReportBatch, width: int) -> None:
    """What sticks out paints over the margin, once the clipping of off-screen cases is switched off."""
    shot = browser.directory / "shot.png"
    unclipped = without_policy(render_html(batch)).replace("content-visibility:auto;", "")
    done = browser.open(unclipped, f"--window-size={width},2400", f"--screenshot={shot}")
    assert complaints(done) == []
    margin = pixels(shot)[:, -8:, :]
    assert np.abs(margin - np.array((0xF3, 0xF1, 0xEA), np.int16)).max() <= 2


def test_it_prints_one_case_after_another(browser: Browser, make_batch: Callable[[Language], ReportBatch]) -> None:
    pdf = browser.directory / "report.pdf"
    for language in ("zh", "en"):
        done = browser.open(render_html(make_batch(language)), "--no-pdf-header-footer", f"--print-to-pdf={pdf}")
        assert complaints(done) == []
        data = pdf.read_bytes()
        pages = len(re.findall(rb"/Type\s*/Page\b", data))
        boxes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", data)}
        assert 4 <= pages <= 6  # the index, three cases, at most two of them on a second page
        assert {(round(box[2] / 72 * 25.4), round(box[3] / 72 * 25.4)) for box in boxes} == {(210, 297)}


def test_the_log_of_requests_is_read(browser: Browser, batch: ReportBatch) -> None:
    """The network log must hold what a page asks for; without the policy the tracker is in it."""
    log = browser.directory / "net.json"
    loose = without_policy(render_html(batch))
    browser.open(
        loose.replace("</main>", '</main><img src="http://tracker.invalid/x.png">'),
        "--dump-dom",
        f"--log-net-log={log}",
    )
    assert asked_by_the_page(log) == ["http://tracker.invalid/x.png"]
