"""The lanes of this project, one module each."""
