"""The file system that a sandbox or a container sees, worked on from outside as one of its users."""
