"""Blocks that helpers are given, and objects of a set-up's own classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastfile import audited, auth_of, lanes_of

if TYPE_CHECKING:
    from pathlib import Path

# Helpers that take a block, the body of a lane that gives them one, and its auth.
GIVEN = [
    ("def with(ro)\n  yield({ readonly: ro })\nend", "with(true) { |o| match(**o) }", "none"),
    ("def with(ro)\n  yield({ readonly: ro })\nend", "with(false) { |o| match(o) }", "api_key"),
    ("def with(ro)\n  yield readonly: ro, type: 'adhoc'\nend", "with(true) { |o| match(o) }", "none"),
    ("def with(ro)\n  yield(readonly: ro)\nend", "with(true) { |readonly:| match(readonly: readonly) }", "none"),
    ("def each_way(&work)\n  work.call(true)\nend", "each_way { |ro| match(readonly: ro) }", "none"),
    ("def each_way(&work)\n  work.(true)\nend", "each_way { |ro| match(readonly: ro) }", "none"),
    ("def outer(&w)\n  inner(&w)\nend\ndef inner\n  yield true\nend", "outer { |r| match(readonly: r) }", "none"),
    ("def out\n  inner { |r| yield r }\nend\ndef inner\n  yield true\nend", "out { |r| match(readonly: r) }", "none"),
    ("def twice\n  yield true\n  yield false\nend", "twice { |ro| match(readonly: ro) }", "api_key"),
    ("def value\n  yield\nend", "match(readonly: value { true })", "none"),
    ("def pick\n  return true unless block_given?\n  yield\nend", "match(readonly: pick { false })", "api_key"),
    # what is given and not seen to be called counts as called
    ("def around(&work)\n  instance_eval(&work)\nend", "around { pem }", "apple_id"),
    ("def around\n  gym\nend", "around { pem }", "apple_id"),
    ("def a(n, &b)\n  b.call\n  a(n - 1, &b)\nend", "a(3) { pem }", "apple_id"),
    ("def a\n  yield\nend", "a { a { a { a { a { pem } } } } }", "apple_id"),
    ("class Kit\n  def self.run\n    yield true\n  end\nend", "Kit.run { |ro| match(readonly: ro) }", "none"),
    ("work = proc { pem }", "work.call", "apple_id"),
    ("def keep(&b)\n  @kept = b\nend\nkeep { pem }", "@kept.call", "apple_id"),
    ("PUSH = ->(o) { pem }", "PUSH.call(1)", "apple_id"),
    ("", "work = proc { |ro| pem if ro }\nwork.call(false)\nscan", "apple_id"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "body", "auth"), GIVEN)
def test_a_block_gets_what_the_helper_gives_it(tmp_path: Path, before: str, body: str, auth: str) -> None:
    assert auth_of(tmp_path, body, before) == auth


def test_what_a_given_block_calls_is_called_where_it_stands(tmp_path: Path) -> None:
    lane = lanes_of(
        tmp_path, "def around\n  gym\n  yield 1\nend\nlane :it do\n  around { |n| pilot }\nend\n"
    )["it"]
    assert [(call.name, call.via) for call in lane.calls] == [("upload_to_testflight", ())]
    assert [(call.name, call.via) for call in lane.reached] == [("build_app", ("helper around",))]


LANES = [
    ("body = proc { |o| pem }\nlane :it, &body\n", "apple_id"),
    ("body = lambda do |o|\n  match(readonly: true)\nend\nlane :it, &body\n", "none"),
    ("body = ->(o) { pilot }\nlane :it, &body\n", "api_key"),
    ("def body(o)\n  notarize(package: o[:app])\nend\nlane :it, &method(:body)\n", "app_specific_password"),
    ("lane :it, &elsewhere\n", "none"),
]


@pytest.mark.parametrize(("text", "auth"), LANES)
def test_a_lane_may_be_passed_its_block(tmp_path: Path, text: str, auth: str) -> None:
    assert lanes_of(tmp_path, text)["it"].auth == auth


TRAIN = """
    class Train
      attr_accessor :lane
      def fastfile(lane)
        self.lane = lane
      end
      def initialize(lane, readonly: true)
        @lane = lane
        @readonly = readonly
      end
      def depart
        lane.match(readonly: @readonly)
        prepare
      end
      def push
        @lane.helper
      end
      private
      def prepare
        @lane.gym
      end
    end
    class Express < Train
      def fast
        depart
      end
    end
    def helper
      pem
    end
    def train
      @train ||= Train.new(self)
    end
"""
OBJECTS = [
    ("Train.new(self).depart", "none"),
    ("Train.new(self, readonly: false).depart", "api_key"),
    ("t = Train.new(self)\nt.push", "apple_id"),
    ("train.push", "apple_id"),
    ("Express.new(self, readonly: false).fast", "api_key"),
    ("Train.new(self).nothing_of_that_name", "none"),
    ("Train.new(self)", "none"),
    ("t = Train.new(nil, readonly: false)\nt.lane = self\nt.depart", "api_key"),
    ("t = Train.new(nil)\nt.fastfile(self)\nt.push", "apple_id"),
]


@pytest.mark.parametrize(("body", "auth"), OBJECTS)
def test_methods_of_objects_are_followed(tmp_path: Path, body: str, auth: str) -> None:
    text = f"require_relative 'train'\n{_lane(body)}"
    assert {lane.name: lane for lane in audited(tmp_path, text, train_rb=TRAIN).lanes}["it"].auth == auth


def _lane(body: str) -> str:
    lines = "\n".join(f"  {line}" for line in body.splitlines())
    return f"lane :it do\n{lines}\nend\n"


def test_the_options_of_a_configuration_count(tmp_path: Path) -> None:
    body = """
        options = Fastlane::Actions::MatchAction.available_options
        config = FastlaneCore::Configuration.create(options, { readonly: true })
        Fastlane::Actions::MatchAction.run(config)
    """
    assert auth_of(tmp_path, body) == "none"


NAMES = [
    ("API = Spaceship::ConnectAPI", "API::App.find('x')", "api_key"),
    ("API = Spaceship::ConnectAPI", "API.login", "apple_id"),
    ("Old = Spaceship::Portal", "Old::Device.all", "apple_id"),
    ("", "api = Spaceship::ConnectAPI\napi::App.find('x')", "api_key"),
    ("", "old = Spaceship::Portal\nold.login", "apple_id"),
    ("", "[Spaceship::Portal].each { |one| one.login }", "apple_id"),
    ("class Kit\n  def self.go(x)\n    x.pem\n  end\nend\nK = Kit", "K.go(self)", "apple_id"),
    ("class Kit\n  def go(x)\n    x.pem\n  end\nend\nK = Kit", "K.new.go(self)", "apple_id"),
    ("class HighLine\nend", "h = HighLine\nh.new.ask('x')\npem", "apple_id"),
    ("module PEM\nend\nP = PEM", "P::Manager.start", "apple_id"),
    ("SpaceshipKit = 1", "SpaceshipKit.go\nSpaceshipThing.go", "none"),
    ("Spaceship = Spaceship", "Spaceship::Portal.login", "apple_id"),
    ("", "x = Spaceship::ConnectAPI::Platform::IOS\nscan(platform: x)", "none"),
]


@pytest.mark.parametrize(("before", "body", "auth"), NAMES)
def test_a_class_may_have_another_name(tmp_path: Path, before: str, body: str, auth: str) -> None:
    assert auth_of(tmp_path, body, before) == auth


TOOLS = [
    ("PEM::Manager.start", "apple_id"),
    ("Produce::Manager.start_producing", "apple_id"),
    ("Match::Runner.new.run(options)", "api_key"),
    ("Cert::Runner.new.launch", "api_key"),
    ("Pilot::BuildManager.new.upload(options)", "api_key"),
    ("Deliver::Runner.new(options).run", "apple_id"),
    ("PEM.config = options", "none"),
]


@pytest.mark.parametrize(("body", "auth"), TOOLS)
def test_the_tool_behind_an_action_needs_what_the_action_needs(tmp_path: Path, body: str, auth: str) -> None:
    assert auth_of(tmp_path, body) == auth
