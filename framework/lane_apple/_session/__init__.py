"""Sessions of Apple IDs: their cookies, their forms on disk, where they are kept."""
