"""The page of an audit in a real browser: on a phone, by night, and with a hostile Fastfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser import CHROMIUM, DRIVER, Browser
from hostile import hostile
from report_case import project

import lane_fastfile
from lane_fastfile._report.html_format import html_report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def _open(browser: Browser, folder: Path, fastfile: Path) -> None:
    page = folder / "report.html"
    page.write_text(html_report(lane_fastfile.audit(fastfile)), encoding="utf-8")
    browser.complaints()  # forget those of other pages
    browser.open(page.as_uri())


def test_it_fits_a_phone_and_says_the_verdict_first(browser: Browser, tmp_path: Path) -> None:
    _open(browser, tmp_path, project(tmp_path) / "fastlane" / "Fastfile")
    assert browser.run("return innerWidth") == 390
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    assert browser.run("return document.querySelector('.verdict').getBoundingClientRect().top") < 844 / 2
    assert browser.run("return document.querySelector('.verdict').textContent").startswith("You are affected")
    assert browser.complaints() == []


def test_a_row_of_the_table_is_a_card_on_a_phone_with_the_name_of_each_cell(
    browser: Browser, tmp_path: Path
) -> None:
    _open(browser, tmp_path, project(tmp_path) / "fastlane" / "Fastfile")
    assert browser.run("return getComputedStyle(document.querySelector('tbody td')).display") == "block"
    label = "return getComputedStyle(document.querySelector('tbody td:nth-child(2)'), '::before').content"
    assert "attr(data-title)" in browser.run(label) or "auth" in browser.run(label)
    assert browser.run("return document.querySelectorAll('tbody tr').length") == 4


def _contrast(browser: Browser, selector: str) -> float:
    """The contrast of an element's text with what it stands on, by WCAG 2."""
    script = f"""
      const luminance = text => {{
        const parts = text.match(/[\\d.]+/g).slice(0, 3).map(one => one / 255)
          .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
      }};
      const element = document.querySelector({selector!r});
      let behind = element;
      while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
      const both = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(luminance);
      return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    """
    return float(browser.run(script))


@pytest.mark.parametrize("night", [False, True])
def test_it_can_be_read_by_day_and_by_night(browser: Browser, tmp_path: Path, night: bool) -> None:
    scheme = "dark" if night else "light"
    browser.command(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    _open(browser, tmp_path, project(tmp_path) / "fastlane" / "Fastfile")
    background = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is not night
    for selector in (".verdict", ".note", ".apple_id", ".none", "code", "h3", "td", ".then"):
        assert _contrast(browser, selector) >= 4.5, selector


def test_nothing_of_a_hostile_fastfile_runs_or_is_fetched(browser: Browser, tmp_path: Path) -> None:
    _open(browser, tmp_path, hostile(tmp_path))
    assert browser.run("return document.title").startswith("lane audit: ")
    assert browser.run("return document.scripts.length + document.images.length + document.links.length") == 0
    assert browser.run("return document.querySelectorAll('b, a, svg, img').length") == 0
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert "document.title='owned'" in browser.run("return document.body.textContent")
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    assert browser.complaints() == []


def test_its_own_policy_forbids_scripts_and_addresses(browser: Browser, tmp_path: Path) -> None:
    _open(browser, tmp_path, project(tmp_path) / "fastlane" / "Fastfile")
    browser.run("""
      const image = document.createElement('img');
      image.src = 'http://127.0.0.1:9/x.png';
      document.body.append(image);
      const script = document.createElement('script');
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
    """)
    assert browser.run("return document.title").startswith("lane audit: ")
    told = " ".join(browser.complaints())
    assert "default-src 'none'" in told
    assert "x.png" in told
