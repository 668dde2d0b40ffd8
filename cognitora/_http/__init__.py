"""HTTP/1.1 on sockets of our own; whatever is not about waiting in one way or the other."""
