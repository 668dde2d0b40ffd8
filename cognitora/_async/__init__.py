"""The client, written once: the sync one is derived from it by `make generate`."""
