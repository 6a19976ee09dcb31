"""An audit as people and programs read it."""
