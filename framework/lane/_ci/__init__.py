"""Export to CI: plans and a declared policy as a CI system's configuration."""
