"""The tables of the records in PostgreSQL, and their versions."""

from __future__ import annotations

# As those of `schema.py`, which say what the columns are; an entry is never edited once it was released.
VERSIONS = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        language TEXT NOT NULL,
        status TEXT NOT NULL,
        reason TEXT,
        one_shot BOOLEAN NOT NULL,
        resources TEXT NOT NULL,
        timeout_seconds BIGINT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT,
        ended_at BIGINT,
        metadata TEXT NOT NULL
    );
    CREATE INDEX sessions_by_status ON sessions (status, created_at);

    CREATE TABLE executions (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        session_id TEXT NOT NULL REFERENCES sessions (id),
        language TEXT NOT NULL,
        code TEXT NOT NULL,
        status TEXT NOT NULL,
        networking BOOLEAN NOT NULL,
        timeout_seconds DOUBLE PRECISION NOT NULL,
        uploaded_files TEXT NOT NULL,
        errors TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        completed_at BIGINT,
        execution_time_ms BIGINT,
        cpu_time_ms BIGINT,
        peak_memory_mb DOUBLE PRECISION
    );
    CREATE INDEX executions_by_session ON executions (session_id, number);
    CREATE INDEX executions_by_status ON executions (status, number);

    CREATE TABLE outputs (
        execution BIGINT NOT NULL REFERENCES executions (number),
        position BIGINT NOT NULL,
        type TEXT NOT NULL,
        data TEXT NOT NULL,
        bundle TEXT,
        created_at BIGINT NOT NULL,
        metadata TEXT,
        display_id TEXT,
        PRIMARY KEY (execution, position)
    );
    CREATE TABLE places (
        session_id TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        execution BIGINT NOT NULL,
        position BIGINT NOT NULL,
        PRIMARY KEY (session_id, created_at, execution, position)
    );
    CREATE FUNCTION add_place() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO places SELECT session_id, new.created_at, number, new.position
        FROM executions WHERE number = new.execution;
        RETURN NULL;
    END $$;
    CREATE TRIGGER outputs_have_places AFTER INSERT ON outputs
        FOR EACH ROW EXECUTE FUNCTION add_place();

    CREATE TABLE events (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        session_id TEXT NOT NULL REFERENCES sessions (id),
        execution_id TEXT,
        type TEXT NOT NULL,
        message TEXT NOT NULL,
        created_at BIGINT NOT NULL
    );
    CREATE INDEX events_by_session ON events (session_id, created_at, number);

    CREATE TABLE idempotency_keys (
        key TEXT PRIMARY KEY,
        fingerprint BYTEA NOT NULL,
        execution_id TEXT,
        status INTEGER NOT NULL,
        body BYTEA NOT NULL,
        created_at BIGINT NOT NULL
    );
    CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

    CREATE TABLE containers (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        image TEXT NOT NULL,
        command TEXT,
        persistent BOOLEAN NOT NULL,
        cpu_cores DOUBLE PRECISION NOT NULL,
        memory_mb BIGINT NOT NULL,
        storage_gb DOUBLE PRECISION NOT NULL,
        gpu_count BIGINT NOT NULL,
        networking BOOLEAN NOT NULL,
        max_cost_credits BIGINT NOT NULL,
        timeout_seconds BIGINT,
        status TEXT NOT NULL,
        reason TEXT,
        exit_code BIGINT,
        cost_credits BIGINT,
        in_engine BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL,
        started_at BIGINT,
        completed_at BIGINT,
        expires_at BIGINT,
        metadata TEXT NOT NULL
    );
    CREATE INDEX containers_by_status ON containers (status, number);
    CREATE INDEX containers_in_engine ON containers (in_engine) WHERE in_engine;

    CREATE TABLE commands (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        container_id TEXT NOT NULL REFERENCES containers (id),
        first BOOLEAN NOT NULL,
        command TEXT NOT NULL,
        engine_id TEXT,
        files_uploaded BIGINT NOT NULL,
        status TEXT NOT NULL,
        reason TEXT,
        exit_code BIGINT,
        created_at BIGINT NOT NULL,
        started_at BIGINT,
        completed_at BIGINT
    );
    CREATE INDEX commands_by_container ON commands (container_id, number);
    CREATE INDEX commands_by_status ON commands (status, number);

    CREATE TABLE processes (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        session_id TEXT REFERENCES sessions (id),
        container_id TEXT REFERENCES containers (id),
        command TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        terminal BOOLEAN NOT NULL,
        output_limit BIGINT NOT NULL,
        engine_id TEXT,
        status TEXT NOT NULL,
        reason TEXT,
        exit_code BIGINT,
        output_bytes BIGINT NOT NULL,
        output_cut BOOLEAN NOT NULL,
        stdin_bytes BIGINT NOT NULL,
        started_at BIGINT,
        completed_at BIGINT
    );
    CREATE INDEX processes_by_session ON processes (session_id, number);
    CREATE INDEX processes_by_container ON processes (container_id, number);
    CREATE INDEX processes_by_status ON processes (status);

    CREATE TABLE program_outputs (
        program TEXT NOT NULL,
        position BIGINT NOT NULL,
        stream TEXT NOT NULL,
        data BYTEA NOT NULL,
        PRIMARY KEY (program, position)
    );
    """,
    """
    CREATE TABLE gateways (             -- the runtimes that share these records
        epoch BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        url TEXT NOT NULL,              -- where the others reach it
        expires_at TIMESTAMPTZ NOT NULL -- until when it counts as alive
    );
    ALTER TABLE sessions ADD COLUMN gateway BIGINT NOT NULL DEFAULT 0;
    ALTER TABLE idempotency_keys ADD COLUMN gateway BIGINT NOT NULL DEFAULT 0;

    -- Until the transaction ends nobody can take the row away: what is written is written by the living.
    CREATE FUNCTION check_epoch() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE ours TEXT := current_setting('cognitora.epoch', true);
    BEGIN
        IF ours <> '' THEN
            PERFORM 1 FROM gateways WHERE epoch = ours::bigint FOR KEY SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'gateway % was taken for dead', ours USING ERRCODE = 'CG001';
            END IF;
        END IF;
    END $$;
    CREATE FUNCTION check_gateway() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM check_epoch();
        RETURN NULL;
    END $$;
    DO $$ DECLARE each TEXT; BEGIN
        FOREACH each IN ARRAY ARRAY['sessions', 'executions', 'outputs', 'events', 'idempotency_keys',
            'containers', 'commands', 'processes', 'program_outputs']
        LOOP EXECUTE format('CREATE TRIGGER by_the_living BEFORE INSERT OR UPDATE OR DELETE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION check_gateway()', each);
        END LOOP;
    END $$;
    """,
    """
    ALTER TABLE sessions
        ADD COLUMN term BIGINT NOT NULL DEFAULT 0,
        ADD COLUMN address TEXT,
        ADD COLUMN environment TEXT NOT NULL DEFAULT '{}',
        ADD COLUMN egress TEXT;
    ALTER TABLE processes ADD COLUMN timeout_seconds DOUBLE PRECISION;
    CREATE INDEX sessions_by_gateway ON sessions (gateway);
    """,
    """
    ALTER TABLE containers ADD COLUMN gateway BIGINT NOT NULL DEFAULT 0;
    """,
    """
    CREATE TABLE secrets (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    );
    """,
    """
    ALTER TABLE gateways ADD COLUMN leaving BOOLEAN NOT NULL DEFAULT FALSE;
    """,
    """
    ALTER TABLE containers ADD COLUMN term BIGINT NOT NULL DEFAULT 0;
    """,
)
