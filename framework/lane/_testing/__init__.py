"""What `lane.testing` and the pytest plugin are made of."""
