-- What a patient's results rest on, part by part: one that is another makes anew only what comes after it.
CREATE TABLE basis (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    inputs VARCHAR NOT NULL COMMENT 'SHA-256 over the patient''s rows of the sheet, the content of its files and its records',
    program VARCHAR NOT NULL COMMENT 'SHA-256 over the program''s version, the versions of the schemas, and what records are read with: profile, key, views',
    reference VARCHAR NOT NULL COMMENT 'SHA-256 over the reference that consequences are computed from and the known epitopes; of nothing without them',
    model VARCHAR NOT NULL COMMENT 'SHA-256 over the predictors and the versions of their weights',
    best_peptide VARCHAR NOT NULL COMMENT 'SHA-256 over the keys by which a mutation''s peptide is chosen',
    policy VARCHAR NOT NULL COMMENT 'SHA-256 over tiers and order of the ranking',
    profile VARCHAR NOT NULL COMMENT 'SHA-256 over the construct profile and how much is done for a molecule; empty where the ranking has changed and constructs have not followed',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id)
) WITH (schema_version = 1);
