"""Every construct of a Fastfile that decides an auth, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastfile import audited, auth_of, lanes_of

if TYPE_CHECKING:
    from pathlib import Path

# The body of a lane, and the auth that it needs.
BODIES = [
    # actions, by each of their names
    ("gym", "none"),
    ("pem", "apple_id"),
    ("get_push_certificate(force: true)", "apple_id"),
    ("produce(app_name: 'x')", "apple_id"),
    ("produce(skip_itc: true, skip_devcenter: true)", "none"),
    ("produce(skip_itc: true)", "apple_id"),
    ("pilot", "api_key"),
    ("testflight changelog: 'x'", "api_key"),
    ("app_store_connect_api_key(key_id: 'x')", "api_key"),
    ("modify_services(services: {})", "apple_id"),
    ("download_dsyms", "api_key"),
    ("is_ci?", "none"),
    # match and its readonly
    ("match", "api_key"),
    ("match(readonly: true)", "none"),
    ("match(readonly: 'true')", "none"),
    ("match(readonly: 'yes')", "none"),
    ("match(readonly: nil)", "api_key"),
    ("match(:readonly => true)", "none"),
    ("match 'readonly' => true", "none"),
    ("match({ readonly: true, type: 'adhoc' })", "none"),
    ("match(readonly: is_ci)", "api_key"),
    ("match(readonly: ENV['CI'] == 'true')", "api_key"),
    ("match(readonly: !false)", "none"),
    ("match(readonly: (true && !nil))", "none"),
    ("match(readonly: options[:write] || true)", "none"),
    ("match(readonly: options[:readonly] || false)", "api_key"),
    ("match(readonly: options[:readonly] && false)", "api_key"),
    ("match(readonly: options[:readonly] && true)", "api_key"),
    ("pem if options[:push] && false", "none"),
    ("match(type: 'developer_id')", "apple_id"),
    ("match(type: 'developer_id', readonly: true)", "none"),
    ("match(type: 'enterprise', platform: 'macos')", "apple_id"),
    ("match(type: options[:type])", "api_key"),
    ("match(additional_cert_types: ['developer_id_installer'])", "apple_id"),
    ("match(additional_cert_types: 'mac_installer_distribution')", "api_key"),
    ("match_nuke(type: 'adhoc')", "api_key"),
    # deliver and precheck
    ("deliver", "apple_id"),
    ("deliver(run_precheck_before_submit: false)", "api_key"),
    ("deliver(run_precheck_before_submit: options[:check])", "api_key"),
    ("deliver(precheck_include_in_app_purchases: false)", "api_key"),
    ("deliver(precheck_include_in_app_purchases: false, reset_ratings: true)", "apple_id"),
    ("deliver(precheck_include_in_app_purchases: false, price_tier: 3)", "apple_id"),
    ("deliver(precheck_include_in_app_purchases: false, price_tier: nil)", "api_key"),
    ("precheck", "apple_id"),
    ("precheck(include_in_app_purchases: false)", "api_key"),
    # an app-specific password
    ("notarize(package: 'x')", "app_specific_password"),
    ("notarize(package: 'x', api_key_path: 'k.json')", "api_key"),
    ("pilot(apple_id: '1', skip_waiting_for_build_processing: true)", "app_specific_password"),
    ("pilot(apple_id: ENV['N'], skip_waiting_for_build_processing: true)", "app_specific_password"),
    ("pilot(apple_id: '1', skip_waiting_for_build_processing: true, changelog: 'x')", "api_key"),
    ("pilot(apple_id: '1', skip_waiting_for_build_processing: true, distribute_only: true)", "api_key"),
    # certificates
    ("cert(type: 'developer_id_installer')", "apple_id"),
    ("cert(development: true)", "api_key"),
    ("sigh(platform: 'macos')", "api_key"),
    ("xcodes(version: '15', select_for_current_build_only: true)", "none"),
    ("xcodes(version: '15')", "apple_id"),
    # xcodebuild
    ("gym(xcargs: '-allowProvisioningUpdates')", "none"),
    ('gym(xcargs: "-allowProvisioningUpdates -authenticationKeyPath #{k}")', "api_key"),
    # variables, hashes, lists
    ("o = { readonly: true }\nmatch(o)", "none"),
    ("o = { readonly: true }\nmatch(**o, type: 'adhoc')", "none"),
    ("o = {}\no[:readonly] = true\nmatch(o)", "none"),
    ("o = { readonly: false }\no = o.merge(readonly: true)\nmatch(o)", "none"),
    ("o = { readonly: false }\no.merge!(readonly: true)\nmatch(o)", "none"),
    ("o = { a: { readonly: true } }\nmatch(o[:a])", "none"),
    ("o = { a: { readonly: true } }\nmatch(readonly: o.dig(:a, :readonly))", "none"),
    ("o = { readonly: true, x: 1 }\nmatch(o.slice(:readonly))", "none"),
    ("o = { readonly: true }\nmatch(o.except(:readonly))", "api_key"),
    ("a, b = true, false\nmatch(readonly: a)", "none"),
    ("a, b = true, false\nmatch(readonly: b)", "api_key"),
    ("x ||= true\nmatch(readonly: x)", "none"),
    ("x = nil\nx = true if ENV['A']\nmatch(readonly: x)", "api_key"),
    ("x = true\nif ENV['A']\n  x = true\nend\nmatch(readonly: x)", "none"),
    ("@x = true\nmatch(readonly: @x)", "none"),
    ("match(readonly: [false, true].last)", "none"),
    ("match(type: %w[appstore adhoc].first)", "api_key"),
    # conditions: both ways unless the text decides
    ("if ENV['A'] then pem else gym end", "apple_id"),
    ("unless is_ci\n  pem\nend", "apple_id"),
    ("pem if false", "none"),
    ("pem unless true", "none"),
    ("true ? gym : pem", "none"),
    ("is_ci ? gym : pem", "apple_id"),
    ("ENV['A'] && pem", "apple_id"),
    ("false && pem", "none"),
    ("true || pem", "none"),
    ("x = 'a'\ncase x\nwhen 'a' then gym\nwhen 'b' then pem\nend", "none"),
    ("case options[:x]\nwhen 'a' then gym\nelse pem\nend", "apple_id"),
    ("case 1\nwhen Integer then gym\nend", "none"),
    ("next\npem", "none"),
    ("next unless options[:x]\npem", "apple_id"),
    ("UI.user_error!('no') if options[:x]\npem", "apple_id"),
    ("begin\n  gym\nrescue => e\n  pem\nensure\n  puts e\nend", "apple_id"),
    ("gym rescue pem", "apple_id"),
    ("gym\nensure\n  pem", "apple_id"),
    ("while x\n  pem\nend", "apple_id"),
    ("until done?\n  pilot\nend", "api_key"),
    ("for t in %w[a b]\n  match(type: t, readonly: true)\nend", "none"),
    # blocks
    ("%w[adhoc developer_id].each { |t| match(type: t) }", "apple_id"),
    ("%w[adhoc appstore].each { |t| match(type: t) }", "api_key"),
    ("{ a: true, b: true }.each { |k, v| match(readonly: v) }", "none"),
    ("{ a: true, b: false }.each_pair { |k, v| match(readonly: v) }", "api_key"),
    ("[[1, true]].each { |n, r| match(readonly: r) }", "none"),
    ("2.times { pem }", "apple_id"),
    ("Dir.chdir('..') do\n  pem\nend", "apple_id"),
    ("x = -> { pem }", "apple_id"),
    ("x = proc { |r| match(readonly: r) }\nx.call(true)", "api_key"),
    ("Timeout.timeout(3) { pilot }", "api_key"),
    # names that are values
    ("send(:pem)", "apple_id"),
    ("%i[gym pem].each { |a| send(a) }", "apple_id"),
    ("public_send('pilot', changelog: 'x')", "api_key"),
    ("send(options[:name])", "unknown"),
    ("send(options[:name])\npilot", "api_key"),
    ("method(:pem).call", "apple_id"),
    ("%w[a].each(&method(:pem))", "apple_id"),
    ("instance_eval(File.read('x.rb'))", "unknown"),
    ("x = eval(ENV['PROFILES'])", "none"),
    ("other_action.pem", "apple_id"),
    ("Actions::PemAction.run({})", "apple_id"),
    ("Fastlane::Actions::GetPushCertificateAction.run(params)", "apple_id"),
    ("runner.trigger_action_by_name(:pem, nil, false)", "apple_id"),
    # texts that only look like calls
    ("puts 'pem and produce'", "none"),
    ("# pem", "none"),
    ("puts <<~A\n  pem\nA", "none"),
    ('puts "#{latest_testflight_build_number}"', "api_key"),
    # names that are nobody's
    ("some_helper(1)", "none"),
    ("firebase_app_distribution(app: 'x')", "none"),
    ("clean_testflight_testers(username: 'x')", "unknown"),
    ("pgyer(api_key: 'x')", "none"),
    # Spaceship
    ("Spaceship::Portal.login", "apple_id"),
    ("Spaceship.login('x')", "apple_id"),
    ("Spaceship::Tunes::Application.find('x')", "apple_id"),
    ("Spaceship::Application.all", "apple_id"),
    ("Spaceship::ConnectAPI::App.find('x')", "api_key"),
    ("Spaceship::ConnectAPI.login", "apple_id"),
    ("Spaceship::ConnectAPI::App.create(name: 'x')", "apple_id"),
    ("Spaceship::ConnectAPI::SandboxTester.all", "apple_id"),
    ("x = Spaceship::ConnectAPI::Platform::IOS", "none"),
    ("begin\n  gym\nrescue Spaceship::UnauthorizedAccessError\nend", "none"),
    # fastlane's account manager
    ("CredentialsManager::AccountManager.new(user: 'x').password", "apple_id"),
    ("ENV['FASTLANE_USER'] = CredentialsManager::AccountManager.new.user", "apple_id"),
    (
        "CredentialsManager::AccountManager.new(user: 'x', prefix: 'deliver.appspecific').password",
        "app_specific_password",
    ),
    ("CredentialsManager::AccountManager.new(user: 'x', prefix: 'shop').password", "none"),
    ("CredentialsManager::AppfileConfig.try_fetch_value(:apple_id)", "none"),
    # a hash that is changed on some ways only, and spread
    ("o = { readonly: true }\no[:k] = 1 if options[:x]\nmatch(**o)", "none"),
    ("o = { readonly: true }\no.merge!(k: 1) unless options[:x]\nmatch(o.merge({ type: 'a' }))", "none"),
    ("o = { readonly: true }\no[:readonly] = false if options[:x]\nmatch(**o)", "api_key"),
    ("deliver(run_precheck_before_submit: options[:x] ? true : false)", "apple_id"),
    ("o = {}\no[:run_precheck_before_submit] = false if options[:x]\ndeliver(**o)", "apple_id"),
    ("deliver(precheck_include_in_app_purchases: options[:x] ? nil : false)", "apple_id"),
    ("o = options[:x] ? { type: 'a' } : { type: 'b' }\nmatch({ readonly: true }.merge(o))", "none"),
    # App Store Connect without any of it
    ("JWT.encode({ aud: 'appstoreconnect-v1' }, k, 'ES256')", "api_key"),
    ("Net::HTTP.get(URI('https://itunes.apple.com/lookup'))", "none"),
]


@pytest.mark.parametrize(("body", "auth"), BODIES, ids=[body.replace("\n", "; ") for body, _ in BODIES])
def test_a_lane_needs_what_its_body_needs(tmp_path: Path, body: str, auth: str) -> None:
    assert auth_of(tmp_path, body) == auth


def test_a_method_comes_before_a_lane_and_a_lane_before_an_action(tmp_path: Path) -> None:
    lanes = lanes_of(
        tmp_path,
        """
        def pem(x)
          x
        end
        lane(:deliver) { gym }
        lane(:produce) { produce }
        lane :a do
          pem(1)
          deliver
          produce
        end
        """,
    )
    assert {name: lane.auth for name, lane in lanes.items()} == dict.fromkeys(
        ["deliver", "produce", "a"], "none"
    )


def test_a_lane_of_the_platform_comes_before_one_outside(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        lane(:ship) { pem }
        platform :ios do
          lane(:ship) { gym }
          lane(:a) { ship }
        end
        platform :mac do
          lane(:a) { ship }
        end
        """,
    )
    assert {lane.title: lane.auth for lane in found.lanes} == {
        "ship": "apple_id",
        "ios ship": "none",
        "ios a": "none",
        "mac a": "apple_id",
    }


def test_arguments_are_followed_into_lanes(tmp_path: Path) -> None:
    lanes = lanes_of(
        tmp_path,
        """
        lane :sign do |options|
          match(readonly: options.fetch(:readonly, true))
        end
        lane(:default) { sign }
        lane(:writes) { sign(readonly: false) }
        lane(:hash) { sign({ readonly: false }) }
        lane(:passes) { |options| sign(options) }
        lane :keys do |readonly: true, type: 'adhoc'|
          match(type: type, readonly: readonly)
        end
        lane(:keys_default) { keys }
        lane(:keys_writes) { keys(readonly: false) }
        """,
    )
    assert {name: lane.auth for name, lane in lanes.items()} == {
        "sign": "api_key",
        "default": "none",
        "writes": "api_key",
        "hash": "api_key",
        "passes": "api_key",
        "keys": "api_key",
        "keys_default": "none",
        "keys_writes": "api_key",
    }


@pytest.mark.parametrize(
    ("definition", "call", "auth"),
    [
        ("def s(r)\n match(readonly: r)\nend", "s(true)", "none"),
        ("def s(r = true)\n match(readonly: r)\nend", "s", "none"),
        ("def s(r = true)\n match(readonly: r)\nend", "s(false)", "api_key"),
        ("def s(w: false)\n match(readonly: !w)\nend", "s", "none"),
        ("def s(w: false)\n match(readonly: !w)\nend", "s(w: true)", "api_key"),
        ("def s(a, r: false, **rest)\n match(readonly: r)\nend", "s(1, r: true, x: 2)", "none"),
        ("def s(*list)\n list.each { |t| match(type: t) }\nend", "s('adhoc', 'developer_id')", "apple_id"),
        ("def s(options = {})\n match(options)\nend", "s(readonly: true)", "none"),
        ("def s(k)\n return pem if k == 'push'\n gym\nend", "s('build')", "none"),
        ("def s(k)\n return pem if k == 'push'\n gym\nend", "s('push')", "apple_id"),
        ("def o\n { readonly: true }\nend", "match(o)", "none"),
        ("def o\n { readonly: true }\nend", "match(o.merge(options))", "none"),
        ("def o = { readonly: true }", "match(**o)", "none"),
        ("def ro?\n true\nend", "match(readonly: ro?)", "none"),
        ("def wrap\n yield\nend", "wrap { pem }", "apple_id"),
        ("def run(command)\n sh(command)\nend", "run('fastlane pem')", "apple_id"),
        ("def loud(*names)\n names.flatten.each { |n| send(n) }\nend", "loud(:pem)", "apple_id"),
        ("RO = true", "match(readonly: RO)", "none"),
        ("OPTIONS = { readonly: true }.freeze", "match(OPTIONS)", "none"),
        ("KIND = 'a'", "pem if KIND == 'b'", "apple_id"),
        ("module Help\n def self.push\n  Spaceship::Portal.login\n end\nend", "Help.push", "apple_id"),
        (
            "module Help\n class << self\n  def push\n   Spaceship.login\n  end\n end\nend",
            "Help.push",
            "apple_id",
        ),
        ("class Up\n def initialize\n  Spaceship.login\n end\nend", "Up.new", "apple_id"),
        ("module Help\n def push\n  pem\n end\nend\ninclude Help", "push", "apple_id"),
        ("alias_method :x, :y\ndef z\n pem\nend\nalias y z", "y", "apple_id"),
        ("ENV['MATCH_READONLY'] = 'true'", "match", "none"),
        ("before_all do\n ENV['MATCH_READONLY'] = 'true'\nend", "match", "none"),
        ("before_all do\n app_store_connect_api_key\nend", "notarize(package: 'x')", "api_key"),
        ("before_all do\n pem\nend", "gym", "none"),
    ],
)
def test_helpers_constants_and_hooks_are_followed(
    tmp_path: Path, definition: str, call: str, auth: str
) -> None:
    assert auth_of(tmp_path, call, definition) == auth


def test_a_method_that_is_defined_within_a_lane_is_known(tmp_path: Path) -> None:
    assert auth_of(tmp_path, "def push(id)\n  pem(app_identifier: id)\nend\npush('x')") == "apple_id"


def test_calls_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    lanes = lanes_of(
        tmp_path,
        """
        lane(:ping) { |o| pong(left: o[:left], text: "#{o[:text]}x") }
        lane(:pong) { |o| o[:left] ? ping(left: o[:left], text: o[:text] + "y") : pem }
        def down(n)
          n.zero? ? pilot : down(n - 1)
        end
        lane(:count) { down(9) }
        """,
    )
    assert {name: lane.auth for name, lane in lanes.items()} == {
        "ping": "apple_id",
        "pong": "apple_id",
        "count": "api_key",
    }


def test_the_cause_names_the_call_its_line_its_option_and_the_way(tmp_path: Path) -> None:
    lane = lanes_of(
        tmp_path,
        """
        def sign
          match(type: "adhoc", readonly: false)
        end
        lane(:build) { sign }
        lane :it do
          build
        end
        """,
    )["it"]
    (cause,) = lane.causes
    assert (cause.name, cause.written, cause.line, cause.option) == (
        "sync_code_signing",
        "match",
        3,
        "readonly",
    )
    assert cause.via == ("lane build", "helper sign")
    assert "readonly false in the call" in cause.why
    assert any("readonly: true" in way for way in lane.lowered_by)


def test_lanes_of_a_loop_have_a_name_and_variables_each(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        """
        KINDS = { "adhoc" => true, "appstore" => false }
        platform :ios do
          KINDS.each do |kind, readonly|
            lane "sign_#{kind}".to_sym do
              match(type: kind, readonly: readonly)
            end
          end
          [:a, :b].each { |name| private_lane(name) { gym } }
          ENV["NAMES"].split.each { |name| lane("x_#{name}") { pem } }
        end
        """,
    )
    assert [(lane.name, lane.auth, lane.line, lane.private, lane.written) for lane in found.lanes] == [
        ("sign_adhoc", "none", 5, False, "sign_#{kind}"),
        ("sign_appstore", "api_key", 5, False, "sign_#{kind}"),
        ("a", "none", 9, True, "name"),
        ("b", "none", 9, True, "name"),
        ("x_#{name}", "apple_id", 10, False, None),
    ]


def test_an_override_takes_the_place_of_the_lane_before(tmp_path: Path) -> None:
    found = audited(tmp_path, "lane(:a) { pem }\noverride_lane(:a) { gym }\n")
    assert [(lane.name, lane.auth, lane.line) for lane in found.lanes] == [("a", "none", 2)]


def test_a_branch_of_a_hook_counts_for_the_lane_that_it_names(tmp_path: Path) -> None:
    lanes = lanes_of(
        tmp_path,
        """
        after_all do |lane|
          pem if lane == :push
        end
        lane(:push) { gym }
        lane(:build) { gym }
        """,
    )
    assert {name: (lane.auth, lane.auth_with_hooks) for name, lane in lanes.items()} == {
        "push": ("none", "apple_id"),
        "build": ("none", "none"),
    }
