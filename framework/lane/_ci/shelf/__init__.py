"""Where each CI system keeps hand-offs from one run to a later one."""
