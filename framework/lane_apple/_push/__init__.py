"""Puts a session or a key where CI reads it, and nothing that is there already."""
