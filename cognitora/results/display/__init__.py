"""What notebooks show of results: bundles of text and HTML. Nothing here imports IPython.

What a sandbox has printed is text there, and never markup. What its code has displayed is shown by means
that can't reach the notebook's page: see `trust`.
"""
