"""Writes workflows in each CI system's own words."""
