"""Measures lane against named peers from the package index, in one interleaved run."""
