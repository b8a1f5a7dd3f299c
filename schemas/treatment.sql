-- One procedure, medication or regimen of a patient.
CREATE TABLE treatment (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    treatment_id VARCHAR NOT NULL COMMENT 'Resource id of the Procedure or Medication resource',
    kind VARCHAR NOT NULL COMMENT 'procedure, medication or regimen',
    code VARCHAR COMMENT 'Code of the procedure or medication',
    code_system VARCHAR COMMENT 'System of the code (SNOMED CT, RxNorm)',
    display VARCHAR COMMENT 'Words of the code',
    status VARCHAR COMMENT 'Status of FHIR (completed, active, stopped ...)',
    intent VARCHAR COMMENT 'Curative, palliative ... in the words of its code',
    line_of_therapy INTEGER COMMENT '[count] Line of therapy, from 1, where the source says',
    regimen VARCHAR COMMENT 'Regimen that it is part of',
    outcome VARCHAR COMMENT 'How it ended: outcome, or why it was stopped',
    condition_id VARCHAR COMMENT 'Condition that it is for',
    dose_value DOUBLE COMMENT '[dose_unit] Dose',
    dose_unit VARCHAR COMMENT 'Unit of the dose (UCUM)',
    start_year INTEGER COMMENT '[year] Year it began',
    end_year INTEGER COMMENT '[year] Year it ended',
    source_file VARCHAR NOT NULL COMMENT 'File the row was read from, relative to the records folder',
    source_line BIGINT NOT NULL COMMENT 'Place in that file, 1-based: the line, or the entry of a Bundle',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, treatment_id)
) WITH (schema_version = 2);
