"""App Store Connect's own door, iris: the official API and more, for signed-in people."""
