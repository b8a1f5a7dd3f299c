-- Expression of one gene or transcript in one sample.
CREATE TABLE expression (
    patient_id VARCHAR NOT NULL COMMENT 'Pseudonym of the patient',
    sample_id VARCHAR NOT NULL COMMENT 'Sample of the sheet',
    feature_type VARCHAR NOT NULL COMMENT 'gene or transcript',
    feature_id VARCHAR NOT NULL COMMENT 'Gene symbol or id, or transcript id, as the source names it',
    symbol VARCHAR COMMENT 'Gene symbol, where the source has it beside an id',
    tpm DOUBLE NOT NULL COMMENT '[TPM] Expression',
    method VARCHAR NOT NULL COMMENT 'Where the figure comes from (VCF GX or TX, salmon, kallisto, stringtie)',
    source_file VARCHAR NOT NULL COMMENT 'File the row was read from, relative to the sample sheet',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (patient_id, sample_id, feature_type, feature_id)
) WITH (schema_version = 1);
