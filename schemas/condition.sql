-- One diagnosis of a patient, with its stage where one was recorded.
CREATE TABLE condition (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    condition_id VARCHAR NOT NULL COMMENT 'Resource id of the Condition',
    code VARCHAR COMMENT 'Diagnosis code',
    code_system VARCHAR COMMENT 'System of the code (SNOMED CT, ICD-10-CM, ICD-O-3)',
    display VARCHAR COMMENT 'Words of the code',
    onset_year INTEGER COMMENT '[year] Year of onset',
    stage_group VARCHAR COMMENT 'Stage group in words, from the Condition or a stage Observation',
    stage_code VARCHAR COMMENT 'Code of the stage group',
    stage_system VARCHAR COMMENT 'Staging system (such as AJCC 8)',
    source_file VARCHAR NOT NULL COMMENT 'File the row was read from, relative to the records folder',
    source_line BIGINT NOT NULL COMMENT 'Place in that file, 1-based: the line, or the entry of a Bundle',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, condition_id)
) WITH (schema_version = 1);
