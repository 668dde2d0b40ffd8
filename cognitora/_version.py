"""The version, in one place: the wheel's metadata and the User-Agent header read it here."""

__version__ = "2.0.0"
