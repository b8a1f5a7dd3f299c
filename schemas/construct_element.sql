-- One part of a candidate mRNA: where it lies, what it is, where its sequence comes from.
CREATE TABLE construct_element (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    construct_id VARCHAR NOT NULL COMMENT 'The construct',
    ordinal INTEGER NOT NULL COMMENT '[count] Place in the order of the template, from 1',
    kind VARCHAR NOT NULL COMMENT 'promoter, utr5, kozak, signal, start, linker, antigen, trafficking, stop, utr3 or poly_a',
    name VARCHAR NOT NULL COMMENT 'Name of the part, or gene and protein change of the antigen',
    template_start INTEGER NOT NULL COMMENT '[1-based] First base on the template',
    template_end INTEGER NOT NULL COMMENT '[1-based] Last base on the template',
    mrna_start INTEGER COMMENT '[1-based] First base on the mRNA; none where no base is transcribed',
    mrna_end INTEGER COMMENT '[1-based] Last base on the mRNA',
    sequence VARCHAR NOT NULL COMMENT 'DNA letters on the template',
    protein VARCHAR COMMENT 'Residues that it encodes',
    source VARCHAR NOT NULL COMMENT 'Where the sequence was published or deposited; for an antigen, that it was designed',
    certainty VARCHAR NOT NULL COMMENT 'How certain that is',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, construct_id, ordinal)
) WITH (schema_version = 1);
