"""Looks after sessions: whether they live, what renews them, and who has to hear of it in time."""
