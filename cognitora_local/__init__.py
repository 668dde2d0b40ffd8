"""The local runtime: the Cognitora API on this machine, in real sandboxes.

Started with `python -m cognitora_local`, or as a child process by `Cognitora.local()`. It
implements the operations of the contract that the client is generated from, so that a program which
runs against the Cognitora cloud runs here with another base URL and nothing else changed.
"""
