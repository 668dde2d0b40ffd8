"""What runs inside the sandbox, one driver per language, with the standard library alone."""
