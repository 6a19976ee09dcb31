"""An Apple ID as a credential: what it needs, whether it works, and how a person gives it."""
