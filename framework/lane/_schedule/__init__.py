"""Schedules: what is due when, and the process that runs it then."""
