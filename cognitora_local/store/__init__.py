"""What the runtime remembers, in an SQLite file: sessions, executions, containers, idempotency keys."""
