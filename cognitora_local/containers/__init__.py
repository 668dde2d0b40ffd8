"""Containers that callers ask for, and commands in them: the containers' half of the API."""
