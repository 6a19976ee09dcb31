"""Make lane's catalogue of fastlane actions from the reference in ../shared; run by hand.

    .venv/bin/python docs/make_catalogue.py [--check] [REFERENCE]

The reference (fastlane-actions.json) was extracted from fastlane's source. The catalogue keeps what `lane audit`
asks of it, and adds what only we know: our counterpart of an action, and the clauses that the reference states
in prose. With --check nothing is written; the exit code tells whether the file is up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT.parent / "shared" / "reference" / "fastlane-actions.json"
CATALOGUE = ROOT / "framework" / "lane_fastfile" / "_catalogue" / "catalogue.json"

# Our action for one of fastlane's, where there is one.
COUNTERPARTS = {
    "app_store_build_number": "latest_build_number",
    "build_app": "build_app",
    "build_ios_app": "build_app",
    "build_mac_app": "build_app",
    "copy_artifacts": "copy_artifacts",
    "create_app_online": "produce",
    "download_dsyms": "download_dsyms",
    "get_certificates": "certificates",
    "get_provisioning_profile": "profiles",
    "get_push_certificate": "pem",
    "latest_testflight_build_number": "latest_build_number",
    "modify_services": "bundle_id_capabilities",
    "notification": "notify",
    "register_device": "register_devices",
    "register_devices": "register_devices",
    "sh": "sh",
    "slack": "notify",
    "sync_code_signing": "match",
    "upload_symbols_to_sentry": "upload_symbols",
    "upload_to_testflight": "upload",
}

# Rules that the reference tells in `auth_notes` or `when` only, each with its place among the others.
MORE_RULES: dict[str, tuple[int, dict[str, Any]]] = {
    "create_app_online": (
        0,
        {
            "mode": "none",
            "when": "skip_itc and skip_devcenter are both true: it does nothing",
            "pointless": True,
            "if": [
                {"option": "skip_itc", "op": "eq", "value": True},
                {"option": "skip_devcenter", "op": "eq", "value": True},
            ],
        },
    ),
    "sync_code_signing": (
        1,
        {
            "mode": "apple_id",
            "when": "additional_cert_types has developer_id_installer, and it has to be created or renewed",
            "if": [
                {"option": "additional_cert_types", "op": "has", "value": ["developer_id_installer"]},
                {"fact": "storage_incomplete", "op": "eq", "value": True},
            ],
        },
    ),
}

# Options that an earlier action fills through the lane context.
FROM_CONTEXT = {("upload_to_testflight", "changelog"): "FL_CHANGELOG"}

# Models of Spaceship::ConnectAPI whose calls end at one of the endpoints that are not public.
PRIVATE_MODELS = [
    "AppDataUsage",
    "AppDataUsageCategory",
    "AppDataUsagePurpose",
    "AppDataUsagesPublishState",
    "AppPrice",
    "AppPricePoint",
    "AppStoreVersionSubmission",
    "BetaBuildMetric",
    "BetaFeedback",
    "BetaTesterMetric",
    "BuildDelivery",
    "Capabilities",
    "CustomAppOrganization",
    "CustomAppUser",
    "ResetRatingsRequest",
    "ResolutionCenterMessage",
    "ResolutionCenterThread",
    "ReviewRejection",
    "SandboxTester",
]
# Methods of its models that end there, beside those whose names are in the reference.
PRIVATE_METHODS = {
    "create_app_store_version_submission": "POST /v1/appStoreVersionSubmissions",
    "create_reset_ratings_request": "POST /v1/resetRatingsRequests",
    "fetch_resolution_center_threads": "GET /v1/resolutionCenterThreads",
    "fetch_resolution_center_messages": "GET /v1/resolutionCenterThreads/{}/resolutionCenterMessages",
    "fetch_rejection_reasons": "GET /v1/reviewRejections",
    "fetch_reset_ratings_request": "GET /v1/appStoreVersions/{}/resetRatingsRequest",
    "get_available_bundle_id_capabilities": "GET /v1/capabilities",
    "get_build_deliveries": "GET /v1/apps/{}/buildDeliveries",
    "get_data_usages": "GET /v1/apps/{}/dataUsages",
    "get_data_usages_publish_state": "GET /v1/apps/{}/dataUsagePublishState",
}


def catalogue(reference: dict[str, Any]) -> dict[str, Any]:
    """The catalogue, from the reference."""
    endpoints = reference["connect_api_private_endpoints"]["endpoints"]
    methods = {e["method"]: f"{e['http']} {e['path']}" for e in endpoints}
    return {
        "fastlane": reference["about"]["fastlane_version"],
        "actions": {action["name"]: _action(action) for action in reference["actions"]},
        "tools": {tool["tool"]: _tool(tool) for tool in reference["tools"]},
        "spaceship": {
            module["module"]: module.get("classes", [])
            for module in reference["spaceship_modules"]
            if " " not in module["module"]
        },
        "private_methods": dict(sorted({**methods, **PRIVATE_METHODS}.items())),
        "private_models": PRIVATE_MODELS,
        "variables": {v["name"]: [v["mode"], v["meaning"]] for v in reference["apple_environment_variables"]},
    }


def _action(action: dict[str, Any]) -> dict[str, Any]:
    """One action; what is empty is left out."""
    name = action["name"]
    rules = [_rule(rule) for rule in action["auth_when"]]
    if name in MORE_RULES:
        rules.insert(*MORE_RULES[name])
    plain = all(rule["mode"] == "none" for rule in rules)
    compact = {
        "aliases": action["aliases"],
        "platforms": [p for p in action["platforms"] if p != "any"],
        "rules": [] if plain else rules,
        "options": {} if plain else _options(action, rules),
        "counterpart": COUNTERPARTS.get(name),
        "deprecated": (action.get("replacement") or True) if action["deprecated"] else None,
        "prompts": action.get("prompts_when") if action["prompts"] in ("may", "always") else None,
        "provides": action.get("auth_provides"),
        "passthrough": action.get("auth_passthrough"),
        "writes": action["context_writes"],
        "gap": action.get("api_key_gap", {}).get("how"),
        "notes": None if plain else action.get("auth_notes"),
        "team_key": action.get("team_key_required"),
    }
    return {key: value for key, value in compact.items() if value}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    kept = {
        "mode": rule["mode"],
        "when": rule["when"],
        "if": rule.get("if"),
        "stay": rule.get("stay_with_key"),
    }
    return {key: value for key, value in kept.items() if value}


def _options(action: dict[str, Any], rules: list[dict[str, Any]]) -> dict[str, Any]:
    """The options that rules ask about, and those that bring a key: default and environment variables."""
    asked = {clause["option"] for rule in rules for clause in rule.get("if", []) if "option" in clause}
    kept: dict[str, Any] = {}
    for option in action["options"]:
        key = option["key"]
        if key not in asked and key not in ("api_key", "api_key_path"):
            continue
        context = FROM_CONTEXT.get((action["name"], key))
        sources = [s.partition(":")[2] for s in option.get("default_from") or [] if s.startswith("env:")]
        facts = {
            "default": option.get("default"),
            "env": [*option.get("env_names", []), *sources],
            "appfile": any(s.startswith("Appfile") for s in option.get("default_from") or []),
            "context": context,
        }
        kept[key] = {
            name: fact for name, fact in facts.items() if fact not in (None, [], False) or name == "default"
        }
    return kept


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A command-line tool: its action, its config file, and the modes of its commands ([]: those of the action)."""
    commands = {
        name: [] if "see " in (command.get("auth_when") or "") else command["auth_modes"]
        for command in tool["commands"]
        for name in command["command"].split(" | ")
    }
    return {"action": (tool["actions"] or [None])[0], "config": tool["config_file"], "commands": commands}


def text(made: dict[str, Any]) -> str:
    """The catalogue as a file: one action a line, so that a change shows as a line."""
    actions = ",\n".join(f"  {json.dumps(k)}: {_line(v)}" for k, v in made["actions"].items())
    rest = ",\n".join(f" {json.dumps(k)}: {_line(v)}" for k, v in made.items() if k != "actions")
    return f'{{\n "actions": {{\n{actions}\n }},\n{rest}\n}}\n'


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def main(arguments: list[str]) -> int:
    """Write the catalogue, or check it; the exit code."""
    check = "--check" in arguments
    paths = [argument for argument in arguments if argument != "--check"]
    reference = json.loads(Path(paths[0] if paths else REFERENCE).read_text("utf-8"))
    wanted = text(catalogue(reference))
    if check:
        return 0 if CATALOGUE.read_text("utf-8") == wanted else 1
    CATALOGUE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
