"""The developer portal, which only an Apple ID opens (private-endpoints.md, 1 to 4)."""
