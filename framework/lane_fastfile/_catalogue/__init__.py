"""What fastlane's actions need of Apple: a catalogue that travels with the package."""
