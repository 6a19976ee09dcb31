"""Signing in with an Apple ID: the one replaceable place that knows Apple's flow (apple-id-login.md)."""
