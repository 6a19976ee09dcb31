"""Makes settings.md, and the table of the README: one lane planned with different credentials.

    .venv/bin/python docs/make_settings.py

Each plan is what `lane plan` prints. The session is made by `lane auth login` at an offline Apple, whose clock then
moves on until Apple does not know it any more.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING, Any

from lane_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE = Path(__file__).with_name("settings.md")
README = Path(__file__).resolve().parents[1] / "README.md"
HEADER = "| what is found | jobs | verdict |\n|---|---|---|\n"
LANEFILE = '''\
from pathlib import Path

from lane import app, lane
from lane_actions import download_dsyms, pem, produce, upload

app(bundle_id="com.example.aurora", team_id="ABCDE12345")


@lane
def launch(ipa: Path = Path("build/Aurora.ipa")) -> None:
    """Bring a new app to TestFlight."""
    record = produce(name="Aurora", sku="AURORA-1")  # registers the bundle id, makes the app record
    pem()  # a certificate for push
    build = upload.set(after=record)(ipa=ipa)
    download_dsyms(build=build)  # at night: its action says so
'''
HEAD = f"""\
# One lane in four settings

A lane that produces an app, has a push certificate, uploads, and downloads dSYMs. This page is made by
[make_settings.py](make_settings.py); a test compares it with what `lane plan` prints now. The rules are in
[planning](planning.md).

```python Lanefile.py
{LANEFILE}```

`register_bundle_id`, `upload` and `download_dsyms` can do their work with an API key, and the first and the last with
an Apple ID too. `create_app_record` and `pem` can only be done with an Apple ID. Nothing below asks Apple. With
`--probe` a key sees whether the app record is there, the push certificate's file says whether it is good, and what is
done already is taken out, with the person that it needed.
"""
WORDS = {
    "An API key": """\
All that a key can do runs at once. A person is needed for the rest: `upload` waits for the app record, and nobody waits
for the certificate.""",
    "A key and a living session": """\
A session lets the steps go that no key can do. The plan says which session, and how long it is expected to live.""",
    "A key and a dead session": """\
`lane auth status` found out that neither App Store Connect nor the developer portal knows the session any more. The
plan is that of a key alone, and says what has ended. Had it ended at App Store Connect only, `pem` would still need
nobody.""",
    "Nothing": """\
A plan is made all the same: it says what is missing, and for whom.""",
}
_HOURS = 25.0  # the sandbox's sessions live for 8 at App Store Connect, for 24 at the developer portal


@dataclass(frozen=True)
class Setting:
    """What is found, and what `lane plan` says then: its text, and its JSON."""

    name: str
    text: str
    plan: dict[str, Any]

    @property
    def row(self) -> str:
        """Its row of the README's table."""
        jobs = "; ".join(_job(job) for job in self.plan["jobs"])
        return f"| {self.name.lower().replace('api', 'API')} | {jobs} | {self.plan['verdict']['summary']} |\n"


def _job(job: dict[str, Any]) -> str:
    return f"*{job['name']}*: {', '.join(step['id'] for step in job['steps'])}"


class Place:
    """A project in a folder of its own, beside an offline Apple."""

    def __init__(self, folder: Path, apple: Sandbox) -> None:
        self.folder = folder / "aurora"
        self.folder.mkdir()
        (self.folder / "Lanefile.py").write_text(LANEFILE, encoding="utf-8")
        key = apple.keys[0]
        copy(key.private_key_path, self.folder / f"AuthKey_{key.key_id}.p8")
        self.key = {
            "APP_STORE_CONNECT_API_KEY_KEY_ID": key.key_id,
            "APP_STORE_CONNECT_API_KEY_ISSUER_ID": key.issuer_id or "",
            "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH": f"AuthKey_{key.key_id}.p8",
        }
        person = next(each for each in apple.accounts() if each.auth_type == "sa")  # it is asked for no code
        self.person = {"FASTLANE_USER": person.email}
        self.password = {"FASTLANE_PASSWORD": person.password}
        self._everywhere = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "COLUMNS": "160",
            "TERM": "dumb",
            "APPLE_WEB_URL": apple.url,
            "LANE_SESSIONS": str(folder / "sessions"),
            "LANE_SESSION_PASSPHRASE": "only for this page",
        }

    def lane(self, *words: str, given: Mapping[str, str], code: int = 0) -> str:
        """What `lane` prints where these variables are set."""
        done = subprocess.run(
            ["lane", *words],
            cwd=self.folder,
            env={**self._everywhere, **given},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != code:
            raise SystemExit(
                f"lane {' '.join(words)} exits with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def planned(self, name: str, given: Mapping[str, str]) -> Setting:
        """The plan of the lane with these variables."""
        text = self.lane("plan", "launch", "--ci", given=given)
        return Setting(name, text, json.loads(self.lane("plan", "launch", "--ci", "--json", given=given)))


def settings() -> Iterator[Setting]:
    """The four, in the page's order."""
    with tempfile.TemporaryDirectory() as folder, Sandbox() as apple:
        place = Place(Path(folder), apple)
        both = {**place.key, **place.person}
        key, living, dead, nothing = WORDS
        yield place.planned(key, place.key)
        nobody = {"LANE_CODE_COMMAND": "false"}  # no code is asked for
        place.lane("auth", "login", given={**place.person, **place.password, **nobody})
        yield place.planned(living, both)
        apple.clock.advance(_HOURS * 3600)
        place.lane("auth", "status", given=both, code=4)
        yield place.planned(dead, both)
        place.lane("auth", "logout", given=place.person)
        yield place.planned(nothing, {})


def page(found: list[Setting]) -> str:
    """The page."""
    sections = (_section(each) for each in found)
    return HEAD + "".join(sections)


def _section(setting: Setting) -> str:
    lines = [f"$ lane plan launch --ci\n{setting.text.rstrip()}"]
    shown = "\n".join(f"    {line}".rstrip() for line in "\n".join(lines).splitlines())
    return f"\n## {setting.name}\n\n{WORDS[setting.name]}\n\n{shown}\n"


def table(found: list[Setting]) -> str:
    """The README's table."""
    return HEADER + "".join(each.row for each in found)


def table_of(readme: str) -> str:
    """The table that is in the README now. Raises ValueError where there is none."""
    start = readme.index(HEADER)
    rows = re.match(r"(\|.*\n)+", readme[start:])
    assert rows is not None
    return rows[0]


def main() -> None:
    """Write both."""
    found = list(settings())
    PAGE.write_text(page(found), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(readme.replace(table_of(readme), table(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
