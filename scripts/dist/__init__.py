"""Makes what is published, and tries it: `make dist`."""
