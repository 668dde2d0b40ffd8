"""Writes what follows from `openapi.yaml` and from `cognitora/_async/`: run by `make generate`."""
