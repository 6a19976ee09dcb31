"""Commands that a lane runs through the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastfile import auth_of

if TYPE_CHECKING:
    from pathlib import Path

SHELL = [
    ("sh('fastlane pem')", "apple_id"),
    ("sh 'bundle exec fastlane pem --force'", "apple_id"),
    ("sh('cd .. && fastlane produce create -a x')", "apple_id"),
    ("sh('bundle', 'exec', 'fastlane', 'deliver', 'download_metadata')", "api_key"),
    ("sh(command: 'fastlane pem')", "apple_id"),
    ("sh(%w[fastlane pem].join(' '))", "apple_id"),
    ("system('fastlane match appstore')", "api_key"),
    ("sh('fastlane match appstore --readonly')", "none"),
    ("sh('fastlane match --type developer_id')", "apple_id"),
    ("sh('fastlane match nuke distribution')", "api_key"),
    ("sh('fastlane deliver --run_precheck_before_submit false')", "api_key"),
    ("sh('fastlane deliver')", "apple_id"),
    ("sh('fastlane run pem')", "apple_id"),
    ("sh('fastlane run match readonly:true')", "none"),
    ("sh('fastlane spaceauth -u x')", "apple_id"),
    ("sh('fastlane spaceauth --check_session')", "none"),
    ("sh('sigh repair')", "apple_id"),
    ("sh('pilot upload')", "api_key"),
    ("sh('cert --development')", "api_key"),
    ("`fastlane pem`", "apple_id"),
    ("%x(fastlane pem)", "apple_id"),
    ("Open3.capture2e('fastlane pem')", "apple_id"),
    ("Actions.sh('fastlane pem')", "apple_id"),
    ("c = 'fastlane pem'\nsh(c)", "apple_id"),
    ('sh("fastlane #{options[:tool]}")', "unknown"),
    ("sh(options[:command])", "none"),
    ("sh('echo \"fastlane pem\"')", "none"),
    ("sh('ls # fastlane pem')", "none"),
    ("sh('xcrun altool --upload-app -f x -u me -p @env:P')", "app_specific_password"),
    ("sh('xcrun altool --upload-app -f x --apiKey K --apiIssuer I')", "api_key"),
    ("sh('xcrun notarytool submit x --key k.p8 --key-id K')", "api_key"),
    ("sh('xcrun notarytool submit x --keychain-profile p')", "app_specific_password"),
    ("sh('xcrun stapler staple x')", "none"),
    ("sh('xcodebuild -exportArchive -authenticationKeyPath k')", "api_key"),
    ("sh('xcodes install 15.4')", "apple_id"),
    ("sh('curl -H x https://api.appstoreconnect.apple.com/v1/apps')", "api_key"),
    ("sh(<<~S)\n  set -e\n  if true; then fastlane pem; fi\nS", "apple_id"),
    ("sh('if ! command -v x &>/dev/null; then echo x; fi')", "none"),
    ("sh(\"echo 'unclosed)", "none"),
    ("sh(%w[bundle exec fastlane pem].shelljoin)", "apple_id"),
    ("Fastlane::Actions.sh_control_output('fastlane pem')", "apple_id"),
    # what stands before a command, and scripts within
    ("sh('sudo -u ci fastlane pem')", "apple_id"),
    ("sh('timeout 5m bundle exec fastlane pem')", "apple_id"),
    ("sh('rbenv exec bundle exec fastlane pem')", "apple_id"),
    ("sh('mise exec ruby@3 -- fastlane pem')", "apple_id"),
    ("sh('npx fastlane pem')", "apple_id"),
    ("sh('bundle exec rake fastlane')", "none"),
    ("sh('sudo gem install fastlane')", "none"),
    ("sh(\"bash -lc 'cd x && fastlane pem'\")", "apple_id"),
    ("sh('bash', '-c', 'fastlane pem')", "apple_id"),
    ("sh('eval \"fastlane pem\"')", "apple_id"),
    ("sh('bash ci/pem.sh')", "none"),
    # variables that it sets
    ("sh('MATCH_READONLY=true fastlane match')", "none"),
    ("sh('MATCH_READONLY=$RO fastlane match')", "api_key"),
    ('sh("export MATCH_READONLY=true\\nfastlane match")', "none"),
    ("sh('MATCH_READONLY=true fastlane match')\nmatch", "api_key"),
]


@pytest.mark.parametrize(("body", "auth"), SHELL, ids=[body for body, _ in SHELL])
def test_a_command_needs_what_its_tool_needs(tmp_path: Path, body: str, auth: str) -> None:
    assert auth_of(tmp_path, body) == auth
