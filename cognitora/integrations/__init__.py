"""Cognitora in the frameworks that agents are written with.

A package for each, which needs the extra of its name; none is imported before its package is.
"""
