"""The plain operations, written by `make generate`."""
