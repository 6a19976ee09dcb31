"""Actions of well-known plugins: whose they are, and which of them sign in to Apple."""

from __future__ import annotations

# The start of the names of a plugin's actions, or a whole name, and the plugin; none of them talks to Apple.
_PLUGINS = {
    "firebase_app_distribution": "firebase_app_distribution",
    "firebase_test_lab": "firebase_test_lab",
    "appcenter_": "appcenter",
    "sentry_": "sentry",
    "add_badge": "badge",
    "upload_symbols_to_bugsnag": "bugsnag",
    "send_build_to_bugsnag": "bugsnag",
    "upload_symbols_to_instabug": "instabug_official",
    "upload_symbols_to_new_relic": "new_relic",
    "datadog_": "datadog",
    "huawei_appgallery_connect": "huawei_appgallery_connect",
    "android_get_version": "versioning_android",
    "android_set_version": "versioning_android",
    "increment_version_code": "increment_version_code",
    "increment_version_name": "increment_version_name",
    "get_version_name": "get_version_name",
    "get_version_code": "get_version_code",
    "increment_build_number_in_": "versioning",
    "increment_version_number_in_": "versioning",
    "get_version_number_from_": "versioning",
    "get_build_number_from_": "versioning",
    "get_info_plist_path": "versioning",
    "get_app_store_version_number": "versioning",
    "ci_build_number": "versioning",
    "aws_s3": "aws_s3",
    "aws_device_farm": "aws_device_farm",
    "dmg": "dmg",
    "create_dmg": "dmg",
    "diawi": "diawi",
    "pgyer": "pgyer",
    "fir_cli": "fir_cli",
    "slack_train": "slack_train",
    "slack_upload": "slack_upload",
    "discord_notifier": "discord_notifier",
    "telegram": "telegram",
    "mattermost": "mattermost",
    "ms_teams": "ms_teams",
    "teams": "teams",
    "google_chat": "google_chat",
    "upload_to_browserstack": "browserstack",
    "saucelabs": "saucelabs",
    "analyze_commits": "semantic_release",
    "conventional_changelog": "semantic_release",
    "read_changelog": "changelog",
    "stamp_changelog": "changelog",
    "update_changelog": "changelog",
    "get_xcconfig_value": "xcconfig",
    "set_xcconfig_value": "xcconfig",
    "update_xcconfig_value": "xcconfig",
    "flutter_": "flutter",
    "load_json": "load_json",
    "yarn": "yarn",
    "multi_scan": "test_center",
    "suppress_tests": "test_center",
    "crashlytics": "crashlytics",
    "clear_archive": "clear_archive",
    "xchtmlreport": "xchtmlreport",
    "swiftformat": "swiftformat",
    "lizard": "lizard",
    "update_provisioning_profile_specifier": "update_provisioning_profile_specifier",
}
_SIGN_IN = {"clean_testflight_testers"}


def plugin_of(name: str, gems: list[str]) -> str | None:
    """The plugin of an action, by what is known of plugins and by the names of those that a set-up has."""
    if name in _SIGN_IN:
        return None
    known = next((plugin for start, plugin in _PLUGINS.items() if _is_of(name, start)), None)
    if known is not None:
        return known
    bare = (gem.removeprefix("fastlane-plugin-") for gem in gems)
    return next((plugin for plugin in bare if _is_of(name, plugin)), None)


def _is_of(name: str, start: str) -> bool:
    return name == start or name.startswith(start if start.endswith("_") else start + "_")
