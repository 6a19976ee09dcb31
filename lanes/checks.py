"""What CI asks of every change."""

from lane import lane
from lane_actions import sh


@lane
def check() -> None:
    """Check formatting, lint, types, import contracts and the exported CI files; run the tests."""
    sh.set(name="format", timeout=300)(["ruff", "format", "--check", "."])
    sh.set(name="lint", timeout=300)(["ruff", "check", "."])
    sh.set(name="types", timeout=900)(["mypy"])
    sh.set(name="imports", timeout=300)(["lint-imports"])
    sh.set(name="ci-files", timeout=300)(["lane", "ci", "check"])
    sh.set(name="tests", timeout=3600)(["python", "-m", "pytest", "-n", "auto"])
