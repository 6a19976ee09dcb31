"""Reads what CI systems' own files run: the other way round from the export."""
