"""What all tests share: the reference folder, and an environment that is nobody's own."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from receiver import Receiver

from lane._redact import redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

# In a shell's background Ctrl-C is ignored, under nohup SIGHUP is; every program that the tests start would ignore
# them too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says more of the machine than of the code.
settings.register_profile("lane", deadline=None)
settings.load_profile("lane")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the project; cases that need it are skipped where it is absent."""
    if not (SHARED / "apple").is_dir():
        pytest.skip("needs ../shared, Apple's description and the reference pages")
    return SHARED


@pytest.fixture(scope="session")
def assets() -> Path:
    """Real packages, made by tests/assets/make_assets.py."""
    return ROOT / "tests" / "assets"


@pytest.fixture(autouse=True)
def forgetful_redactor() -> Iterator[None]:
    """What one test makes a secret is none for the next: it may be an ordinary word there."""
    known = set(redactor._forms)
    yield
    with redactor._lock:
        redactor._stale = redactor._stale or redactor._forms != known
        redactor._forms.clear()
        redactor._forms |= known
        if not known:
            redactor._pattern, redactor._stale = None, False


@pytest.fixture
def people() -> Iterator[Receiver]:
    """A service that takes what people are told."""
    with Receiver() as server:
        yield server
