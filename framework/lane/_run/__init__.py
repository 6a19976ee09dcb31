"""Running: steps, processes, the journal, and going on after a stop."""
