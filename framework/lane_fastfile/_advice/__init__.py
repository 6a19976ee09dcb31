"""What to do about a Fastfile: its calls as the needs that `lane advise` gives advice on."""
