"""Code that is run in sessions and one-shots: the interpreter's half of the API."""
