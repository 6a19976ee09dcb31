"""What all tests share: the reference folder, and an environment that is nobody's own."""

from __future__ import annotations

from pathlib import Path

import pytest

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
