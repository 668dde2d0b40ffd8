"""The local runtime in a container: where there is no Linux, and where one is asked for."""
