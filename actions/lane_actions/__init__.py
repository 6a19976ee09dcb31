"""The built-in actions, one module each. They have no privilege over a user's own."""

from __future__ import annotations

from lane import deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._build import Build
    from ._copy_artifacts import copy_artifacts
    from ._download_dsyms import Dsyms, download_dsyms
    from ._latest_build_number import latest_build_number
    from ._notify import notify
    from ._sh import ShellResult, sh
    from ._upload import upload

__all__ = [
    "Build",
    "Dsyms",
    "ShellResult",
    "copy_artifacts",
    "download_dsyms",
    "latest_build_number",
    "notify",
    "sh",
    "upload",
]

_ACTIONS = frozenset({"copy_artifacts", "download_dsyms", "latest_build_number", "notify", "sh", "upload"})
_TYPES = {"Build": "_build", "Dsyms": "_download_dsyms", "ShellResult": "_sh"}


def __getattr__(name: str) -> object:
    if name in _ACTIONS:
        value: object = deferred(f"lane_actions._{name}", name)
    elif name in _TYPES:
        value = getattr(__import__(f"lane_actions.{_TYPES[name]}", fromlist=[name]), name)
    else:
        raise AttributeError(f"module 'lane_actions' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
