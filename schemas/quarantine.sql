-- One row or record that was kept out, why, and what to do. Never the value itself.
CREATE TABLE quarantine (
    stage VARCHAR NOT NULL COMMENT 'Stage that refused it',
    patient_id VARCHAR COMMENT 'Pseudonym of the patient, where it is known',
    source_file VARCHAR NOT NULL COMMENT 'File it stands in',
    source_line BIGINT NOT NULL COMMENT 'Place in that file, 1-based; 0 for the whole file',
    path VARCHAR NOT NULL COMMENT 'Element or field',
    rule VARCHAR NOT NULL COMMENT 'Rule that it broke (stable id)',
    message VARCHAR NOT NULL COMMENT 'What was found and what was expected',
    remedy VARCHAR NOT NULL COMMENT 'What to do',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (run_id, source_file, source_line, path, rule, message)
) WITH (schema_version = 1);
