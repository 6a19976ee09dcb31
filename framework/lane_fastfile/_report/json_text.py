"""JSON as text that is readable, that any terminal may show, and that any file may hold."""

from __future__ import annotations

import json
import re
from typing import Any

# What JSON leaves as it is and a terminal would obey; what turns the direction of writing; what is not UTF-8.
_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(value: Any) -> str:
    """A value as JSON; its texts come back from any reader as they were."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
