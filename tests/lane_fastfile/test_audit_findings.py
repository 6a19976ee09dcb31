"""What the audit finds in the text: old Spaceship code, patches, secrets, dSYMs, what stops CI, the plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from fastfile import audited, lanes_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("code", "kind", "counterpart"),
    [
        ("Spaceship::Tunes.login('a', 'b')", "tunes", "a key instead of a sign-in"),
        ("Spaceship.login", "login", "a key instead of a sign-in"),
        ("Spaceship::Portal.device.all", "portal", "/v1/devices"),
        ("Spaceship::Portal::Certificate.all", "portal", "/v1/certificates"),
        ("Spaceship.app_group.all", "portal", "no counterpart"),
        ("Spaceship::Tunes::Application.find('x')", "tunes", "Spaceship::ConnectAPI::App"),
        ("Spaceship::Tunes::AppRatings.new", "tunes", "customerReviews"),
        ("Spaceship::TestFlight::Group.all", "testflight", "/v1/betaGroups"),
        ("Spaceship::Device.all", "portal", "/v1/devices"),
        ("Spaceship::Launcher.new", "launcher", "a key"),
    ],
)
def test_old_spaceship_code_has_a_kind_and_a_counterpart(
    tmp_path: Path, code: str, kind: str, counterpart: str
) -> None:
    (found,) = audited(tmp_path, f"def unused\n  {code}\nend\n").legacy
    assert (found.line, found.kind) == (2, kind)
    assert found.code == code.partition("(")[0].removesuffix(".all") or found.code in code
    assert counterpart in found.replace_with


def test_the_arguments_of_old_code_are_not_shown(tmp_path: Path) -> None:
    found = audited(tmp_path, "Spaceship::Tunes.login('me@example.com', 'hunter22')\n")
    assert "hunter22" not in json.dumps(found.to_json())


def test_the_new_client_is_told_apart(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        Spaceship::ConnectAPI.login
        Spaceship::ConnectAPI::App.all
        rescue_me rescue Spaceship::ConnectAPI::App
        begin
          x
        rescue Spaceship::Client::UnexpectedResponse
        end
        """,
    )
    assert found.legacy == ()
    assert [(one.line, one.kind) for one in found.connect_api] == [
        (2, "connect_api_login"),
        (3, "connect_api"),
    ]
    assert found.connect_api[0].replace_with
    assert found.connect_api[1].replace_with == ""


def test_a_patch_of_the_question_for_the_code_is_found(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        module Spaceship
          class Client
            def ask_for_2fa_code(text)
              File.read("code")
            end
          end
        end
        """,
    )
    assert [(one.line, one.kind) for one in found.findings] == [(4, "two_factor_patch")]
    assert [(one.line, one.kind) for one in found.legacy] == [(3, "patch")]


@pytest.mark.parametrize(
    "line",
    [
        "ENV['FASTLANE_PASSWORD'] = 'hunter2222'",
        "match(git_private_key: '-----BEGIN OPENSSH PRIVATE KEY-----abc')",
        "slack(api_token: 'abcd1234efgh')",
        "PASSWORD = 'hunter2222'",
        "import_certificate(certificate_password: 'hunter2222')",
        "ENV['MATCH_GIT_BASIC_AUTHORIZATION'] = 'hunter2222'",
        "slack(slack_url: 'https://hooks.slack.com/services/T0ABCD/B0ABCD/hunter2222')",
        "discord('https://discord.com/api/webhooks/123456/hunter2222')",
        "match(git_url: 'https://ci:hunter2222@git.example.com/certs.git')",
        "sh \"curl -H 'Authorization: token ghp_hunter2222hunter2222hunter2222' #{url}\"",
        "notify('xoxb-12345678-hunter2222')",
        "s3(access_key: 'AKIAHUNTERHUNTER2222')",
    ],
)
def test_a_secret_in_the_file_is_found_and_not_shown(tmp_path: Path, line: str) -> None:
    found = audited(tmp_path, f"\n{line}\n")
    secrets = [one for one in found.findings if one.kind == "secret_in_file"]
    assert [one.line for one in secrets][:1] == [2]
    shown = json.dumps(found.to_json())
    assert "hunter2222" not in shown.lower()
    assert "abcd1234efgh" not in shown
    assert "BEGIN" not in shown


@pytest.mark.parametrize(
    "line",
    [
        "ENV['FASTLANE_PASSWORD'] = ENV['SECRET']",
        "slack(api_token: ENV['TOKEN'])",
        'notarize(password: "#{secret}")',
        "app_store_connect_api_key(key_filepath: './AuthKey.p8')",
        "x(api_key_path: 'fastlane/key.json')",
        "sh('altool -p @env:PASSWORD')",
        "token_name = 'production-token'",
        "puts 'password please'",
        "slack(slack_url: ENV['SLACK'], docs: 'https://api.slack.com/messaging/webhooks')",
        'match(git_url: "https://ci:#{token}@git.example.com/certs.git")',
        "match(git_url: 'https://$USER:$TOKEN@git.example.com/certs.git')",
        "match(git_url: 'git@github.com:team/certs.git')",
        "sh 'curl http://localhost:8081/index.bundle?x=a@b'",
    ],
)
def test_what_is_no_secret_is_not_taken_for_one(tmp_path: Path, line: str) -> None:
    assert not [one for one in audited(tmp_path, f"{line}\n").findings if one.kind == "secret_in_file"]


def test_a_secret_in_a_dotenv_file_is_named_and_not_kept(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FASTLANE_PASSWORD=hunter2222\nFASTLANE_SESSION=$FROM_CI\nOTHER=1\n")
    found = audited(tmp_path, "lane(:a) { gym }\n")
    assert [(one.kind, one.message.split()[0]) for one in found.findings] == [
        ("secret_in_file", "FASTLANE_PASSWORD")
    ]
    assert "hunter2222" not in json.dumps(found.to_json())


def test_variables_that_carry_a_session_are_found(tmp_path: Path) -> None:
    found = audited(
        tmp_path, "x = ENV['FASTLANE_SESSION']\ny = ENV.fetch('FASTLANE_USER')\nz = ENV['HOME']\n"
    )
    assert [(one.line, one.kind) for one in found.findings] == [
        (1, "variable_apple_id"),
        (2, "variable_apple_id"),
    ]


@pytest.mark.parametrize(
    ("build", "words"),
    [("gym(include_bitcode: false)", "bitcode is off"), ("gym", "since bitcode ended")],
)
def test_a_download_of_dsyms_is_pointless(tmp_path: Path, build: str, words: str) -> None:
    (found,) = audited(
        tmp_path, f"lane :a do\n  {build}\n  download_dsyms(version: 'latest')\nend\n"
    ).findings
    assert (found.kind, found.line) == ("dead_dsyms", 3)
    assert words in found.message


def test_what_stops_a_lane_on_ci(tmp_path: Path) -> None:
    lanes = lanes_of(
        tmp_path,
        """
        lane(:push) { pem }
        lane(:sign) { match(readonly: true) }
        lane(:signed) { setup_ci; match(readonly: true) }
        lane(:asks) { UI.confirm("sure?") }
        lane(:store) { deliver(precheck_include_in_app_purchases: false) }
        lane(:forced) { deliver(precheck_include_in_app_purchases: false, force: true) }
        lane(:quiet) { gym }
        """,
    )
    told = {name: " ".join(lane.breaks_on_ci) for name, lane in lanes.items()}
    assert "six-digit code" in told["push"]
    assert "setup_ci" in told["sign"]
    assert "asks a person" in told["asks"]
    assert "force: true" in told["store"]
    assert told["signed"] == told["forced"] == told["quiet"] == ""


def test_a_lane_is_split_as_a_plan_of_ours_would(tmp_path: Path) -> None:
    lane = lanes_of(
        tmp_path,
        """
        lane :release do
          produce
          gym
          pilot
          download_dsyms
          upload_symbols_to_sentry
        end
        """,
    )["release"]
    symbols = ("download_dsyms", "upload_symbols_to_sentry")
    assert [(job.name, job.trigger, job.auth, job.calls, job.cron, job.needs) for job in lane.plan] == [
        ("attended", "attended", "apple_id", ("produce",), None, ()),
        ("main", "main", "none", ("gym",), None, ()),
        ("main-2", "main", "api_key", ("pilot",), None, ("attended", "main")),
        ("scheduled", "scheduled", "api_key", symbols, "0 3 * * *", ("attended", "main-2")),
    ]


def test_the_verdict_answers_and_advises(tmp_path: Path) -> None:
    found = audited(tmp_path, "lane(:a) { pem }\nlane(:b) { deliver }\nlane(:c) { match }\n").verdict
    assert found.auth == "apple_id"
    assert found.summary.startswith("You are affected: 2 of 3 lanes need an Apple ID")
    advice = " ".join(found.advice)
    for words in (
        "precheck_include_in_app_purchases",
        "Replace push certificates",
        "API key",
        "readonly: true",
    ):
        assert words in advice


@pytest.mark.parametrize(
    ("text", "auth", "words"),
    [
        ("lane(:a) { gym }\n", "none", "no lane needs any credential"),
        ("lane(:a) { pilot }\n", "api_key", "Not affected once there is an API key"),
        ("lane(:a) { notarize }\n", "app_specific_password", "app-specific password"),
        ("", "none", "No lanes"),
        ("import Foundation\nclass Fastfile: LaneFile { func x() { pem() } }\n", "unknown", "Swift"),
        ('{"a": [1, 2], "b": yes, no}\n', "unknown", "not Ruby"),
    ],
)
def test_every_kind_of_file_has_a_verdict(tmp_path: Path, text: str, auth: str, words: str) -> None:
    found = audited(tmp_path, text).verdict
    assert found.auth == auth
    assert words in found.summary


def test_a_broken_file_names_the_line_and_gives_what_can_be_read(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        platform :ios do
          lane :a do
            gym
          end

          lane :b do
            match(readonly: true
            pilot
          end

          lane :c do
            pem
        end
        """,
    )
    assert [(lane.platform, lane.name, lane.auth) for lane in found.lanes] == [
        ("ios", "a", "none"),
        ("ios", "b", "api_key"),
        ("ios", "c", "apple_id"),
    ]
    assert found.problems
    assert found.problems[0].line in range(7, 10)
