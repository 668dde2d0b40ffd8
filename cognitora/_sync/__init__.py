# Derived from ../_async/__init__.py by `make generate`: change that, not this.
"""The client, written once: the sync one is derived from it by `make generate`."""
