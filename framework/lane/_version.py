"""The version, in one place; the build and `lane --version` read it."""

__version__ = "0.1.0"
