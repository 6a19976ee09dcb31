"""What a Fastfile's owner is advised to do: by the same code as `lane advise`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fastfile import audited

import lane_fastfile
from lane_fastfile import Audit
from lane_fastfile._advice.needs import lane_needs, needs_of
from lane_fastfile._report.content import document_of

if TYPE_CHECKING:
    from pathlib import Path

    from lane_apple import AdviceStep, Outlook
    from lane_fastfile import FileAudit

# The text of a Fastfile, and the codes of what is advised, the best first.
FILES = {
    "builds only": ("lane(:a) { gym }", []),
    "match that only reads": ("lane(:a) { match(readonly: true)\n gym }", []),
    "match that writes": ("lane(:a) { match }", ["lower"]),
    "a key for all": ("lane(:a) { pilot\n sigh }", ["api_key"]),
    "a key that is loaded in the lane": ("lane(:a) { app_store_connect_api_key\n pilot\n match }", []),
    "a key that is loaded in a hook": ("before_all { app_store_connect_api_key }\nlane(:a) { pilot }", []),
    "a key as an option": ("lane(:a) { pilot(api_key_path: 'k.json') }", []),
    "a key in the command": ("lane(:a) { sh 'xcrun altool --upload-app --apiKey K' }", []),
    "a bare upload": (
        "lane(:a) { pilot(apple_id: '1', skip_waiting_for_build_processing: true) }",
        ["app_specific_password"],
    ),
    "precheck by default": ("lane(:a) { deliver }", ["lower", "api_key"]),
    "precheck by default, with a key": ("lane(:a) { app_store_connect_api_key\n deliver }", ["lower"]),
    "a push certificate by itself": ("lane(:a) { pem }", ["apns_key", "session", "phones"]),
    "a push certificate in a release": (
        "lane(:a) { app_store_connect_api_key\n gym\n pem\n pilot }",
        ["apns_key", "split", "session", "phones"],
    ),
    "an app record": ("lane(:a) { produce }", ["once", "phones"]),
    "privacy details that nothing waits for": (
        "lane(:a) { gym\n upload_app_privacy_details_to_app_store }",
        ["split", "session", "phones"],
    ),
    "an Apple ID in a hook": ("before_all { pem }\nlane(:a) { gym }", ["hook", "apns_key", "phones"]),
    "old code in a lane": ("lane(:a) { Spaceship::Tunes.login }", ["lower", "api_key"]),
    "old code without a counterpart": (
        "lane(:a) { Spaceship::Portal.app_group.all }",
        ["session", "phones"],
    ),
    "old code that no lane reaches": ("def x\n Spaceship::Portal.login\nend", ["counterpart"]),
    "capabilities": ("lane(:a) { modify_services(services: {}) }", ["lower", "api_key"]),
    "dSYMs": ("lane(:a) { download_dsyms }", ["dead_dsyms"]),
    "a patch": ("def ask_for_2fa_code\n '1'\nend\nlane(:a) { gym }", ["two_factor_patch"]),
    "a secret": ("PASSWORD = 'hunter2hunter2'\nlane(:a) { gym }", ["secret_in_file"]),
    "no lanes": ("", []),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_advised(tmp_path: Path, name: str) -> None:
    text, codes = FILES[name]
    found = audited(tmp_path, f"{text}\n")
    assert [step.code for step in found.advised.steps] == codes
    assert len(found.verdict.advice) == len(codes)


def _step(found: FileAudit, code: str) -> AdviceStep:
    [step] = [step for step in found.advised.steps if step.code == code]
    return step


def _jobs(plan: Outlook) -> list[tuple[str, str | None, tuple[str, ...], tuple[str, ...]]]:
    return [(job.name, job.cron, job.needs, job.steps) for job in plan.jobs]


def test_the_plan_that_results_is_shown_of_each_lane_with_an_apple_id(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        lane :first do
          produce
          match
          gym
          pilot
          slack
        end
        lane :release do
          app_store_connect_api_key
          gym
          pem
          pilot
          slack
        end
        lane :test do
          scan
        end
        """,
    )
    first, release = found.advised.outlooks
    assert (first.lane, first.done) == ("first", ("produce",))
    assert _jobs(first) == [("main", None, (), ("match", "gym", "pilot", "slack"))]
    assert _jobs(release) == [
        ("main", None, (), ("gym", "pilot", "slack")),
        ("scheduled", "0 3 * * *", (), ("pem",)),
    ]


def test_what_waits_for_an_apple_id_waits_in_the_plan_of_the_lane(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        lane :release do
          get_certificates(type: "developer_id_installer")
          increment_build_number
          build
          notarize
          slack
        end
        private_lane :build do
          gym
        end
        """,
    )
    plan = found.lanes[0].plan
    assert [(job.name, job.auth, job.needs, job.calls) for job in plan] == [
        ("attended", "apple_id", (), ("get_certificates",)),
        ("main", "none", (), ("increment_build_number",)),
        ("main-2", "app_specific_password", ("attended",), ("gym", "notarize", "slack")),
    ]


def test_old_code_may_feed_what_stands_below_it_and_not_what_stands_above(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        lane :release do
          scan
          Spaceship::Portal.app_group.all
          gym
        end
        """,
    )
    jobs = [(job.name, job.calls) for job in found.lanes[0].plan]
    assert [name for name, _ in jobs] == ["main", "attended", "main-2"]
    assert (jobs[0][1], jobs[2][1]) == (("scan",), ("gym",))


def test_edits_name_the_file_and_the_line_once(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        private_lane :signing do
          match
        end
        lane(:a) { signing }
        lane(:b) { signing }
        lane(:c) { signing }
        """,
    )
    step = _step(found, "lower")
    assert step.title == "Let match in a, b and c do with no Apple auth"
    assert step.how == (
        f"{found.file}:3: write `match(readonly: true)`: CI only fetches then, and needs no Apple auth.",
    )
    assert step.lines == (f"{found.file}:3",)


def test_one_key_is_asked_for_that_does_for_all_calls(tmp_path: Path) -> None:
    key = _step(audited(tmp_path, "lane(:a) { latest_testflight_build_number\n pilot\n cert }\n"), "api_key")
    assert key.how[0].startswith("Make a team key with the role ADMIN")
    assert any("app_store_connect_api_key in before_all" in line for line in key.how)


def test_old_code_gets_its_counterpart(tmp_path: Path) -> None:
    found = audited(
        tmp_path, "lane(:a) { Spaceship::Portal.device.all\n Spaceship::Tunes::Application.create!(a: 1) }\n"
    )
    assert _step(found, "lower").how == (
        f"{found.file}:1: Spaceship::Portal.device → Spaceship::ConnectAPI::Device (/v1/devices).",
    )
    assert "Spaceship::Tunes::Application.create!" in _step(found, "session").why


def test_a_sign_in_stays_where_what_follows_has_no_counterpart(tmp_path: Path) -> None:
    bodies = {"a": "Spaceship.login\n Spaceship.app_group.all", "b": "Spaceship.login\n Spaceship.device.all"}
    found = audited(tmp_path, "".join(f"lane(:{name}) {{ {body} }}\n" for name, body in bodies.items()))
    assert _step(found, "session").steps == ("a/Spaceship.login", "a/Spaceship.app_group")
    assert _step(found, "lower").steps == ("b/Spaceship.login", "b/Spaceship.device")
    assert [row.less[:20] for row in document_of(Audit((found,))).sheets[0].rows] == [
        "",
        "app_store_connect_ap",
    ]


def test_the_advice_speaks_of_fastlane(tmp_path: Path) -> None:
    text = "platform :ios do\n lane(:a) { gym\n pem }\n lane(:b) { produce }\nend\n"
    told = " ".join(audited(tmp_path, text).verdict.advice)
    assert "`fastlane ios b` at a terminal" in told
    assert "FASTLANE_SESSION" in told
    for foreign in ("lane run", "lane plan", "Lanefile", ".set(", "on=nightly"):
        assert foreign not in told


def test_a_private_lane_is_advised_on_only_where_no_other_reaches_its_calls(tmp_path: Path) -> None:
    text = "private_lane(:used) { pem }\nprivate_lane(:unused) { produce }\nlane(:a) { used }\n"
    found = audited(tmp_path, text)
    assert {need.lane for need in needs_of(found.lanes, found.hooks)} == {"a", "unused"}


def test_lanes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    first, second = audited(tmp_path, "lane(:a) { pem }\nlane(:b) { pem }\n").lanes
    needs = needs_of((first, replace(second, name="a")), ())
    assert [need.lane for need in needs] == ["a (line 1)", "a (line 2)"]


def test_the_needs_of_every_lane_of_the_corpus_are_in_order_and_of_own_names(shared: Path) -> None:
    files = lane_fastfile.audit(sorted((shared / "corpus" / "fastfiles").rglob("*.rb"))).files
    count = 0
    for file in files:
        for lane in file.lanes:
            needs = lane_needs(lane.title, (*lane.calls, *lane.reached))
            names = [need.name for need in needs]
            assert len(set(names)) == len(names)
            for index, need in enumerate(needs):
                assert set(need.follows) <= set(names[:index])
            count += len(needs)
    assert count > 500


def test_every_apple_id_of_the_corpus_is_told_what_to_do_about(shared: Path) -> None:
    for file in lane_fastfile.audit(sorted((shared / "corpus" / "fastfiles").glob("*.rb"))).files:
        told = {name for step in file.advised.steps for name in step.steps}
        dead = {(one.file, one.line) for one in file.findings if one.kind == "dead_dsyms"}
        for need in needs_of(file.lanes, file.hooks, dead):
            if any(mode.attended for mode in need.modes[:1]):
                assert need.id in told, f"{file.file}: {need.id}"
