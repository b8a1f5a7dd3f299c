-- One action on the lake.
CREATE TABLE audit (
    at VARCHAR NOT NULL COMMENT 'When, RFC 3339, UTC',
    actor VARCHAR NOT NULL COMMENT 'Account of the operating system that ran the command',
    command VARCHAR NOT NULL COMMENT 'Command (run)',
    target VARCHAR NOT NULL COMMENT 'What it worked on: the sample sheet of a run',
    rows_in BIGINT NOT NULL COMMENT '[rows] Rows read from inputs',
    rows_out BIGINT NOT NULL COMMENT '[rows] Rows written or returned',
    rows_quarantined BIGINT NOT NULL COMMENT '[rows] Rows kept out',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (run_id, command)
) WITH (schema_version = 1);
