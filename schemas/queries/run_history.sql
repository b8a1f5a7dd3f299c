-- One row a finished run or act of upkeep, and what it left: what may be asked for by TIMESTAMP AS OF.
CREATE VIEW run_history (
    run_id COMMENT 'Id of the run',
    kind COMMENT 'run, compact or restore',
    started_at COMMENT 'Start, RFC 3339, UTC',
    finished_at COMMENT 'End, RFC 3339, UTC',
    program_version COMMENT 'Version of vaxloom',
    model_version COMMENT 'Version of the predictor''s weights',
    policy COMMENT 'Ranking policy',
    profile COMMENT 'Construct profile',
    patients_in COMMENT '[count] Patients of the sheet',
    patients_run COMMENT '[count] Patients whose results were made anew',
    patients_unchanged COMMENT '[count] Patients whose inputs had not changed',
    quarantined COMMENT '[count] Rows that went to quarantine',
    table_versions COMMENT 'Version of each table at the end of the run, JSON: what VERSION AS OF takes'
) AS
SELECT
    run_id,
    CASE
        WHEN starts_with(run_id, 'compact-') THEN 'compact'
        WHEN starts_with(run_id, 'restore-') THEN 'restore'
        ELSE 'run'
    END AS kind,
    started_at, finished_at, program_version, model_version, policy, profile,
    patients_in, patients_run, patients_unchanged, quarantined, table_versions
FROM run;
