"""Advice: whether Apple's two-factor rule breaks a team's CI, and what to do about it."""
