-- One window of a mutant protein that holds a changed residue and occurs in no wild-type protein of the patient's annotation, nor in the reference's proteome where there is one.
CREATE TABLE peptide (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    sample_id VARCHAR NOT NULL COMMENT 'Sample of the sheet',
    variant_id VARCHAR NOT NULL COMMENT 'chrom:pos:ref:alt as in the VCF',
    transcript VARCHAR NOT NULL COMMENT 'Transcript whose mutant protein was cut',
    gene VARCHAR NOT NULL COMMENT 'Gene symbol',
    peptide VARCHAR NOT NULL COMMENT 'Mutant peptide',
    wildtype_peptide VARCHAR COMMENT 'Aligned wild-type partner of the same length, where one exists',
    length INTEGER NOT NULL COMMENT '[residues] Length of the peptide',
    start INTEGER NOT NULL COMMENT '[1-based] First residue of the peptide in the mutant protein',
    mutation_start INTEGER NOT NULL COMMENT '[1-based] First changed residue in the peptide',
    mutation_end INTEGER NOT NULL COMMENT '[1-based] Last changed residue in the peptide',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, sample_id, variant_id, transcript, start, length)
) WITH (schema_version = 1);
