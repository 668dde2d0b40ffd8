"""The Python driver: receives code on a socket, runs it, sends what it shows.

Nothing here is imported by the host but `frames`. A start must stay a matter of milliseconds, so
what most executions don't need (tracebacks, figures, asyncio) is imported where it is first
needed, small builtin modules stand in for large ones (`_socket`, `_signal`, `_ast`), and typing
and collections are for type checkers alone: TYPE_CHECKING is spelled out to spare that import.
"""
