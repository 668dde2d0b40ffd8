# Derived from ../_async/__init__.py by `make generate`: change that, not this.
"""The facade in one of its two forms; async is written by hand, sync is derived from it."""
