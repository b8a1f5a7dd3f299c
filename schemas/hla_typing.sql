-- One HLA allele of a patient, in two-field normal form.
CREATE TABLE hla_typing (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    allele VARCHAR NOT NULL COMMENT 'Allele in two-field normal form (HLA-A*02:01)',
    locus VARCHAR NOT NULL COMMENT 'HLA gene (A, B, C, DRB1 ...)',
    hla_class VARCHAR NOT NULL COMMENT 'I or II',
    copies INTEGER NOT NULL COMMENT '[count] 2 where the patient is homozygous, else 1',
    reported VARCHAR NOT NULL COMMENT 'The allele as it was reported, before normalisation',
    expressed BOOLEAN NOT NULL COMMENT 'False for a null allele (suffix N): it presents nothing',
    scored_as VARCHAR COMMENT 'Allele whose pseudo-sequence the predictor uses; differs from allele when that one is unknown to it; none for alleles that present no class I peptides here',
    lost BOOLEAN COMMENT 'The tumour has lost the allele, by the sheet''s copy numbers: it presents nothing of the tumour; none where there are no copy numbers',
    note VARCHAR COMMENT 'What was lost or assumed in normalising or scoring, and what copy numbers say of the gene',
    source_file VARCHAR NOT NULL COMMENT 'Sample sheet, typing file or record the allele came from',
    source_line BIGINT COMMENT 'Place in that file, 1-based',
    resource_id VARCHAR COMMENT 'Resource id of the Observation, where it came from a record',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, allele)
) WITH (schema_version = 3);
