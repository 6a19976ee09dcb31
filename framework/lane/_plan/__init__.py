"""Planning: from a graph to jobs, modes and a verdict."""
