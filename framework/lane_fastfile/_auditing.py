"""Audit Fastfiles."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ._audit import Audit
from ._build import audit_file
from ._search import fastfiles

if TYPE_CHECKING:
    from collections.abc import Sequence


def audit(paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = ()) -> Audit:
    """Say what each lane of Fastfiles needs of Apple, and why; nothing is run, Ruby is not needed.

    `paths` are Fastfiles, or folders in which all are looked for; without any, that of this folder. Raises
    `lane.UsageError` where there is none.
    """
    named = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    return Audit(tuple(audit_file(path) for path in fastfiles(named)))
