"""Read a set-up of fastlane from its folder: the Fastfile, what it imports, and what stands beside it."""
