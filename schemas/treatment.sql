-- One procedure or medication of a patient.
CREATE TABLE treatment (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    treatment_id VARCHAR NOT NULL COMMENT 'Resource id of the Procedure or Medication resource',
    kind VARCHAR NOT NULL COMMENT 'procedure or medication',
    code VARCHAR COMMENT 'Code of the procedure or medication',
    code_system VARCHAR COMMENT 'System of the code (SNOMED CT, RxNorm)',
    display VARCHAR COMMENT 'Words of the code',
    status VARCHAR COMMENT 'Status of FHIR (completed, active, stopped ...)',
    start_year INTEGER COMMENT '[year] Year it began',
    source_file VARCHAR NOT NULL COMMENT 'File the row was read from, relative to the records folder',
    source_line BIGINT NOT NULL COMMENT 'Place in that file, 1-based: the line, or the entry of a Bundle',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, treatment_id)
) WITH (schema_version = 1);
