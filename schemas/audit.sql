-- One action on the lake.
CREATE TABLE audit (
    at VARCHAR NOT NULL COMMENT 'When, RFC 3339, UTC',
    actor VARCHAR NOT NULL COMMENT 'Account of the operating system that ran the command',
    command VARCHAR NOT NULL COMMENT 'Command (run)',
    target VARCHAR NOT NULL COMMENT 'What it worked on: the sample sheet of a run',
    version VARCHAR COMMENT 'Version of vaxloom',
    inputs VARCHAR COMMENT 'Input files with their SHA-256, JSON',
    profile VARCHAR COMMENT 'De-identification profile',
    key_id VARCHAR COMMENT 'Id of the project key that pseudonyms were made with',
    rules VARCHAR COMMENT 'Breaches of the gate by rule, JSON',
    rows_in BIGINT NOT NULL COMMENT '[rows] Rows read from inputs',
    rows_out BIGINT NOT NULL COMMENT '[rows] Rows written or returned',
    rows_transformed BIGINT COMMENT '[rows] Records of which something was removed or reduced',
    rows_quarantined BIGINT NOT NULL COMMENT '[rows] Rows kept out',
    notes VARCHAR COMMENT 'What is doubtful in records that came in, what was removed of tables, and files that are no records, JSON',
    seq BIGINT COMMENT '[1-based] Number of the line in the audit trail',
    hash VARCHAR COMMENT 'Hash of that line: vaxloom audit verify --expect SEQ:HASH',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (run_id, command)
) WITH (schema_version = 2);
