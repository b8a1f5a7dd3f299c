-- One finished run. Readers see the table versions that the last finished run names.
CREATE TABLE run (
    run_id VARCHAR NOT NULL COMMENT 'Id of the run',
    started_at VARCHAR NOT NULL COMMENT 'Start, RFC 3339, UTC',
    finished_at VARCHAR NOT NULL COMMENT 'End, RFC 3339, UTC',
    program_version VARCHAR NOT NULL COMMENT 'Version of vaxloom',
    model VARCHAR NOT NULL COMMENT 'Predictor (task and name)',
    model_version VARCHAR NOT NULL COMMENT 'Version of its weights',
    policy VARCHAR NOT NULL COMMENT 'Ranking policy',
    profile VARCHAR NOT NULL COMMENT 'Construct profile',
    patients_in INTEGER NOT NULL COMMENT '[count] Patients of the sheet',
    patients_run INTEGER NOT NULL COMMENT '[count] Patients whose results were made anew',
    patients_unchanged INTEGER NOT NULL COMMENT '[count] Patients whose inputs had not changed',
    quarantined INTEGER NOT NULL COMMENT '[count] Rows that went to quarantine',
    settings VARCHAR NOT NULL COMMENT 'Settings of the run, JSON',
    inputs VARCHAR NOT NULL COMMENT 'Input files with their SHA-256, JSON',
    stage_counts VARCHAR NOT NULL COMMENT 'Rows in, rows out and rows quarantined of each stage, JSON',
    table_versions VARCHAR NOT NULL COMMENT 'Version of each table at the end of the run, JSON',
    PRIMARY KEY (run_id)
) WITH (schema_version = 1);
