"""The reference of actions and the picture of a run are what the code gives now."""

from __future__ import annotations

import html
import importlib.util
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pages import ROOT
from story import plain

if TYPE_CHECKING:
    from types import ModuleType


def _script(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # a dataclass looks its module up
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_fresh() -> None:
    script = _script("docs/make_reference.py")
    assert script.PAGE.read_text(encoding="utf-8") == script.reference(), "run: python docs/make_reference.py"


def test_every_built_in_action_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "actions-reference.md").read_text(encoding="utf-8")
    for module in (ROOT / "actions" / "lane_actions").glob("*.py"):
        for name in re.findall(
            r"^@action.*?\ndef (\w+)", module.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            assert f"## {name}\n" in page


def test_the_plans_in_four_settings_are_what_is_printed_now() -> None:
    script = _script("docs/make_settings.py")
    found = list(script.settings())
    told = "run: python docs/make_settings.py"
    assert _timeless(script.PAGE.read_text(encoding="utf-8")) == _timeless(script.page(found)), told
    assert script.table_of(script.README.read_text(encoding="utf-8")) == script.table(found), told


def _timeless(text: str) -> str:
    return re.sub(r"\(\d+ (h|min|days)\)", "(SPAN)", plain(text))


def test_the_picture_shows_what_a_run_prints(tmp_path: Path) -> None:
    script = _script("docs/pictures/make_run.py")
    drawn = script.PICTURE.read_text(encoding="utf-8")
    assert _words(drawn) == _words(script.draw(script.run(tmp_path))), "run: python docs/pictures/make_run.py"


def test_the_picture_of_a_sign_in_shows_what_it_prints(tmp_path: Path) -> None:
    script = _script("docs/pictures/make_login.py")
    now = script.draw(script.run(tmp_path.resolve()))
    code = re.compile(r"^\d{6}$")
    drawn, shown = (
        [code.sub("CODE", word) for word in _words(svg)]
        for svg in (script.PICTURE.read_text(encoding="utf-8"), now)
    )
    assert "CODE" in drawn
    assert drawn == shown, "run: python docs/pictures/make_login.py"


def _words(svg: str) -> list[str]:
    """The lines of a picture, without what differs from one run to the next; how they are wrapped, too."""
    lines: dict[str, str] = {}
    for height, text in re.findall(r'<text [^>]*?\by="([\d.]+)"[^>]*>(.*?)</text>', svg):
        lines[height] = lines.get(height, "") + " " + html.unescape(text).replace("\xa0", " ")
    return plain("\n".join(lines.values())).split()
