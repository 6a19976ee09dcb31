"""Where the six digits of the second factor come from when nobody sits at a terminal."""
