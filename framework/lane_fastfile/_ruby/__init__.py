"""Ruby as the audit needs it: a small tree of our own, read with tree-sitter."""
