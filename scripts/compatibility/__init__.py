"""Finds what would break programs that were written for the last release."""
