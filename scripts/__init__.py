"""What the Makefile calls. Nothing in the distribution imports this."""
