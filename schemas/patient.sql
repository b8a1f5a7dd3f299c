-- One patient, as much as a de-identified record may say.
CREATE TABLE patient (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient, as in the records and the sample sheet',
    birth_year INTEGER COMMENT '[year] Year of birth; never a finer date',
    sex VARCHAR COMMENT 'Administrative gender of FHIR: male, female, other, unknown',
    deceased BOOLEAN COMMENT 'Whether the record says that the patient has died',
    death_year INTEGER COMMENT '[year] Year of death; never a finer date',
    source_file VARCHAR NOT NULL COMMENT 'File the row was read from, relative to the records folder',
    source_line BIGINT NOT NULL COMMENT 'Place in that file, 1-based: the line, or the entry of a Bundle',
    input_hash VARCHAR NOT NULL COMMENT 'SHA-256 over everything the patient''s results depend on; an unchanged patient is not run again',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id)
) WITH (schema_version = 2);
