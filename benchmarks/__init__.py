"""What the client and the runtime cost beside others, measured in one run: `make bench`."""
