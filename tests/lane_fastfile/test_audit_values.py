"""Values that a Fastfile makes up on the way to an option or a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastfile import auth_of

if TYPE_CHECKING:
    from pathlib import Path

VALUES = [
    # texts and lists that grow
    ("c = 'fastlane'\nc += ' pem'\nsh c", "apple_id"),
    ("c = 'fastlane'\nc << ' pem'\nsh c", "apple_id"),
    ("c = 'pem'\nc.prepend('fastlane ')\nsh c", "apple_id"),
    ("c = ['fastlane']\nc << 'pem'\nsh(*c)", "apple_id"),
    ("c = ['fastlane']\nc.concat(['match', '--readonly'])\nsh(*c)", "none"),
    ("c = ['match']\nc.unshift('fastlane')\nsh c.join(' ')", "api_key"),
    ("c = 'fastlane pem'\nc.delete('x')\nsh c", "apple_id"),
    ("sh format('fastlane %s', 'pem')", "apple_id"),
    ("sh 'fastlane %s --force' % 'pem'", "apple_id"),
    ("sh 'fastlane %{tool}' % { tool: 'pem' }", "apple_id"),
    ("sh format('fastlane %<tool>s', tool: 'pem')", "apple_id"),
    ("sh format('fastlane %s', options[:tool])", "unknown"),
    ("sh format('echo 100%% %d', 3)", "none"),
    # one of several commands
    ("c = options[:x] ? 'fastlane pem' : 'ls'\nsh c", "apple_id"),
    ("t = options[:x] ? 'pem' : 'scan'\nsh \"fastlane #{t}\"", "apple_id"),
    ("c = ['fastlane', 'match']\nc << '--readonly' if options[:x]\nsh(*c)", "api_key"),
    ("c = ['fastlane']\nc.push('pem') if options[:x]\nsh(*c)", "apple_id"),
    # hashes that lose or gain
    ("o = { readonly: true }\no.delete(:readonly)\nmatch(o)", "api_key"),
    ("o = { readonly: true, x: 1 }\no.delete(:x)\nmatch(o)", "none"),
    ("o = { readonly: true }\no.delete(options[:x])\nmatch(o)", "api_key"),
    ("r = { readonly: true }.delete(:readonly)\nmatch(readonly: r)", "none"),
    ("match({ readonly: true }.tap { |o| o[:readonly] = false })", "api_key"),
    ("match({}.tap { |o| o[:readonly] = true })", "none"),
]


@pytest.mark.parametrize(("body", "auth"), VALUES)
def test_a_value_is_followed_as_it_is_made(tmp_path: Path, body: str, auth: str) -> None:
    assert auth_of(tmp_path, body) == auth
