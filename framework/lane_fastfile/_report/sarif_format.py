"""An audit in SARIF 2.1.0, as GitHub code scanning and editors read it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import lane

from .sarif_results import results
from .sarif_rules import RULES
from .visible import visible

if TYPE_CHECKING:
    from lane_fastfile._audit import Audit

    from .sarif_results import SarifResult
    from .sarif_rules import SarifRule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX = {rule.id: index for index, rule in enumerate(RULES)}


def sarif(audit: Audit) -> dict[str, Any]:
    """One run with all findings. Paths are relative to the current folder, which is the repository's on CI."""
    found = [one for file in audit.files for one in results(file)]
    unread = any(problem.kind == "not_ruby" for file in audit.files for problem in file.problems)
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "lane audit",
                        "semanticVersion": lane.__version__,
                        "rules": [_rule(rule) for rule in RULES],
                    }
                },
                "invocations": [{"executionSuccessful": not unread}],
                "results": [_result(one) for one in dict.fromkeys(found)],
            }
        ],
    }


def _rule(rule: SarifRule) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": ["fastlane", "two-factor"]}
    if rule.severity is not None:
        properties = {"tags": ["fastlane", "security"], "security-severity": f"{rule.severity}"}
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.help},
        "help": {"text": rule.help, "markdown": rule.help},
        "defaultConfiguration": {"level": rule.level},
        "properties": properties,
    }


def _result(one: SarifResult) -> dict[str, Any]:
    return {
        "ruleId": one.rule,
        "ruleIndex": _INDEX[one.rule],
        "level": one.level,
        "message": {"text": _message(one.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(one.file),
                    "region": {"startLine": max(one.line, 1)},
                }
            }
        ],
    }


def _message(text: str) -> str:
    r"""A plain message. In SARIF `[a](b)` is a link and `{0}` a gap, unless they are escaped (3.11.5, 3.11.6)."""
    escaped = re.sub(r"([\\\[\]])", r"\\\1", visible(text))
    return re.sub(r"\{(\d+)\}", r"{{\1}}", escaped)


def _artifact(path: str) -> dict[str, str]:
    """Where a file is: from the current folder where it lies below, else in full. Bytes that are not UTF-8 stay."""
    whole = os.path.abspath(path)  # noqa: PTH100  # not resolved: a link stays what the repository has
    here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118
    if whole.startswith(here):
        return {
            "uri": quote_from_bytes(os.fsencode(whole.removeprefix(here))),
            "uriBaseId": "%SRCROOT%",
        }
    return {"uri": f"file://{quote_from_bytes(os.fsencode(Path(whole).as_posix()))}"}
