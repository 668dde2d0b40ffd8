"""The program that enters a sandbox or a container and works on its files, of the standard library alone."""
