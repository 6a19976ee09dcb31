"""Tracing: from a lane to its graph of steps."""
