"""Set-ups of several files: imports, local actions, config files, dotenv, plugins, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastfile import audited, auth_of, lanes_of

import lane_fastfile

if TYPE_CHECKING:
    from pathlib import Path

ACTION = """
    module Fastlane
      module Actions
        class %sAction < Action
          def self.run(params)
            %s
          end
        end
      end
    end
"""


def test_lanes_of_imported_files_are_reported_where_they_stand(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        SHARED = "lanes"
        import "#{SHARED}/push.rb"
        Dir.glob("more/*.rb").each { |f| import f }
        lane(:all) { push; two }
        """,
        lanes__push_rb="lane :push do\n  pem\nend\n",
        more__two_rb="lane :two do\n  gym\nend\n",
    )
    assert {lane.name: (lane.auth, lane.file, lane.line) for lane in found.lanes} == {
        "push": ("apple_id", f"{tmp_path.as_posix()}/lanes/push.rb", 1),
        "two": ("none", f"{tmp_path.as_posix()}/more/two.rb", 1),
        "all": ("apple_id", f"{tmp_path.as_posix()}/Fastfile", 5),
    }
    (cause,) = next(lane for lane in found.lanes if lane.name == "all").causes
    assert (cause.file, cause.line) == (f"{tmp_path.as_posix()}/lanes/push.rb", 2)


def test_files_that_import_each_other_are_read_once(tmp_path: Path) -> None:
    found = audited(
        tmp_path, "import 'a.rb'\n", a_rb="import 'b.rb'\nlane(:a) { gym }\n", b_rb="import 'a.rb'\n"
    )
    assert [lane.name for lane in found.lanes] == ["a"]


def test_required_files_of_the_project_are_read(tmp_path: Path) -> None:
    helpers = "module Store\n  def self.login\n    Spaceship::Tunes.login\n  end\nend\n"
    assert (
        auth_of(tmp_path, "Store.login", "require_relative 'lib/store'", lib__store_rb=helpers) == "apple_id"
    )
    assert auth_of(tmp_path, "Store.login", "require './lib/store'", lib__store_rb=helpers) == "apple_id"


def test_what_is_not_here_is_named(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        import "../nowhere/Fastfile"
        import_from_git(url: "https://git.example.com/lanes.git")
        import ENV["LANES"]
        require "json"
        lane(:a) { theirs }
        lane(:b) { theirs; gym }
        """,
    )
    assert [(one.line, one.message) for one in found.missing] == [
        (2, "import of ../nowhere/Fastfile, which is not here"),
        (3, "import_from_git of https://git.example.com/lanes.git: its lanes are not here"),
        (4, "imports a file whose name is only known when it runs"),
    ]
    assert {lane.name: lane.auth for lane in found.lanes} == {"a": "unknown", "b": "none"}


@pytest.mark.parametrize(
    ("body", "auth"),
    [
        ("Spaceship::Tunes.login", "apple_id"),
        ("other_action.pem(app_identifier: params[:id])", "apple_id"),
        ("other_action.match(readonly: params[:readonly])", "none"),
        ("pem", "none"),
        ("sh('fastlane pem')", "apple_id"),
        ("Actions.sh('ls')", "none"),
        ("login\n end\n def self.login\n Spaceship.login", "apple_id"),
    ],
)
def test_the_code_of_a_local_action_is_followed(tmp_path: Path, body: str, auth: str) -> None:
    action = ACTION % ("DoIt", body)
    assert auth_of(tmp_path, "do_it(readonly: true)", actions__do_it_rb=action) == auth
    assert auth_of(tmp_path, "DoItAction.run(readonly: true)", ACTION % ("DoIt", body)) == auth


def test_a_local_action_comes_before_one_of_fastlane(tmp_path: Path) -> None:
    assert auth_of(tmp_path, "pem", actions__pem_rb=ACTION % ("Pem", "1")) == "none"


@pytest.mark.parametrize(
    ("name", "text", "body", "auth"),
    [
        ("Matchfile", "readonly true\n", "match", "none"),
        ("Matchfile", "readonly(true)\n", "match(readonly: false)", "api_key"),
        ("Matchfile", "readonly ENV['CI'] == '1'\n", "match", "api_key"),
        ("Matchfile", "readonly true if is_ci\n", "match", "api_key"),
        ("Matchfile", "for_lane :it do\n  readonly true\nend\n", "match", "none"),
        ("Matchfile", "for_lane :other do\n  readonly true\nend\n", "match", "api_key"),
        ("Matchfile", "type 'developer_id'\n", "match", "apple_id"),
        ("Deliverfile", "run_precheck_before_submit false\n", "deliver", "api_key"),
        ("Deliverfile", "price_tier 3\nprecheck_include_in_app_purchases false\n", "deliver", "apple_id"),
        ("Precheckfile", "include_in_app_purchases(false)\n", "precheck", "api_key"),
        (".env", "MATCH_READONLY=true\n", "match", "none"),
        (".env", "MATCH_READONLY=false\n", "match", "api_key"),
    ],
)
def test_config_files_decide_what_the_call_leaves_open(
    tmp_path: Path, name: str, text: str, body: str, auth: str
) -> None:
    (tmp_path / name).write_text(text)
    assert auth_of(tmp_path, body) == auth


def test_config_files_of_the_project_count_for_its_fastlane_folder(tmp_path: Path) -> None:
    (tmp_path / "fastlane").mkdir()
    (tmp_path / "Matchfile").write_text("readonly true\n")
    assert auth_of(tmp_path / "fastlane", "match") == "none"
    (tmp_path / "fastlane" / "Matchfile").write_text("readonly false\n")
    assert auth_of(tmp_path / "fastlane", "match") == "api_key"


def test_plugins_are_named_and_their_actions_are_not_looked_into(tmp_path: Path) -> None:
    (tmp_path / "Pluginfile").write_text("gem 'fastlane-plugin-unheard_of'\ngem 'json'\n")
    found = audited(tmp_path, "lane(:a) { unheard_of_upload }\n")
    assert found.plugins == ("fastlane-plugin-unheard_of",)
    (call,) = found.lanes[0].calls
    assert (call.kind, call.auth, found.lanes[0].auth) == ("plugin", "unknown", "none")


def test_a_lane_that_the_shell_runs_is_followed(tmp_path: Path) -> None:
    lanes = lanes_of(
        tmp_path,
        """
        platform :ios do
          lane(:push) { pem }
        end
        lane(:a) { sh("bundle exec fastlane ios push force:true") }
        lane(:b) { sh("fastlane nowhere") }
        """,
    )
    assert lanes["a"].auth == "apple_id"
    assert lanes["a"].causes[0].via == ("lane push",)
    assert lanes["b"].calls[0].kind == "unresolved"


def test_several_files_are_told_together(tmp_path: Path) -> None:
    for name, body in (("a", "pem"), ("b", "gym")):
        folder = tmp_path / name / "fastlane"
        folder.mkdir(parents=True)
        (folder / "Fastfile").write_text(f"lane(:x) {{ {body} }}\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "Fastfile").write_text("lane(:no) { pem }\n")
    found = lane_fastfile.audit(tmp_path)
    assert [one.verdict.auth for one in found.files] == ["apple_id", "none"]
    shown = found.to_json()
    assert [one["file"].rsplit("/", 3)[-3:] for one in shown["files"]] == [
        ["a", "fastlane", "Fastfile"],
        ["b", "fastlane", "Fastfile"],
    ]
    assert shown["verdict"]["auth"] == "apple_id"


def test_files_of_a_folder_are_found_from_where_the_fastfile_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fastlane" / "lib").mkdir(parents=True)
    (tmp_path / "fastlane" / "lib" / "push.rb").write_text("def push\n  pem\nend\n")
    (tmp_path / "fastlane" / "Fastfile").write_text(
        "Dir[File.join(__dir__, 'lib', '*.rb')].each { |f| require f }\n"
        "eval(File.read(File.expand_path('more', __dir__)))\nlane(:a) { push }\n"
    )
    (tmp_path / "fastlane" / "more").write_text("lane(:b) { a }\n")
    found = lane_fastfile.audit("fastlane").files[0]
    assert {lane.name: (lane.auth, lane.file) for lane in found.lanes} == {
        "b": ("apple_id", "fastlane/more"),
        "a": ("apple_id", "fastlane/Fastfile"),
    }
    assert found.lanes[1].causes[0].file == "fastlane/lib/push.rb"


def test_lanes_within_lanes_and_methods_are_found(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        platform :ios do
          lane :outer do
            lane(:inner) { pem }
          end
        end
        def more
          private_lane(:later) { gym }
        end
        """,
    )
    assert [(lane.platform, lane.name, lane.auth, lane.line) for lane in found.lanes] == [
        ("ios", "outer", "none", 3),
        ("ios", "inner", "apple_id", 4),
        (None, "later", "none", 8),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "$LOAD_PATH.unshift(File.expand_path('lib', __dir__))",
        "$LOAD_PATH << File.join(__dir__, 'lib')",
        "$LOAD_PATH.unshift('./lib')",
        "$:.unshift(File.join(File.dirname(__FILE__), 'lib'))",
    ],
)
def test_a_library_is_found_where_the_fastfile_says_that_it_is(tmp_path: Path, line: str) -> None:
    text = f"{line}\nrequire 'ours'\nrequire 'json'\nlane :it do\n  push\nend\n"
    audit = audited(tmp_path, text, lib__ours_rb="def push\n  pem\nend\n", json_rb="def push\n  scan\nend\n")
    assert [(lane.auth, lane.reached[0].file) for lane in audit.lanes] == [
        ("apple_id", f"{tmp_path}/lib/ours.rb")
    ]
    assert audit.missing == ()
