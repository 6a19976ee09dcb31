"""Which auth a call needs, from the catalogue's rules and the arguments as written."""
