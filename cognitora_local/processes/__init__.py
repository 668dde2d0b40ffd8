"""Processes in the background of sessions and containers."""
