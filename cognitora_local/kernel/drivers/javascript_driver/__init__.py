"""The JavaScript driver: node runs the code, and a supervisor does what node can't.

Node can't pass descriptors, can't tell whether a pipe has been read, and while its code is busy
doesn't hear a signal. The supervisor is a small Python process that starts node, hands its pipes to
the host, answers its question whether all was read, and forwards SIGINT to a thread of node's that
isn't busy. Code, results and displays go between node and the host directly.
"""
