-- One specimen of a patient.
CREATE TABLE specimen (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    specimen_id VARCHAR NOT NULL COMMENT 'Resource id of the Specimen',
    type_code VARCHAR COMMENT 'Code of the kind of specimen',
    type_system VARCHAR COMMENT 'System of type_code',
    specimen_type VARCHAR COMMENT 'Kind of specimen, in the words of its code',
    body_site_code VARCHAR COMMENT 'Code of the body site',
    body_site_system VARCHAR COMMENT 'System of body_site_code',
    body_site VARCHAR COMMENT 'Where it was taken',
    parent_id VARCHAR COMMENT 'Specimen that this one was made of',
    collected_year INTEGER COMMENT '[year] Year of collection',
    source_file VARCHAR NOT NULL COMMENT 'File the row was read from, relative to the records folder',
    source_line BIGINT NOT NULL COMMENT 'Place in that file, 1-based: the line, or the entry of a Bundle',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, specimen_id)
) WITH (schema_version = 2);
