# Derived from ../_async/operations/__init__.py by `make generate`: change that, not this.
"""The plain operations, written by `make generate`."""
