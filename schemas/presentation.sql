-- Predicted presentation and binding of one peptide by one allele. It depends on content alone: computed once in the life of the lake for each model version.
CREATE TABLE presentation (
    peptide VARCHAR NOT NULL COMMENT 'Peptide',
    allele VARCHAR NOT NULL COMMENT 'Allele in two-field normal form',
    model VARCHAR NOT NULL COMMENT 'Predictor (task and name)',
    model_version VARCHAR NOT NULL COMMENT 'Version of its weights',
    score REAL NOT NULL COMMENT '[0 to 1] Presentation score; higher is more likely to be presented',
    percentile REAL NOT NULL COMMENT '[percent] Rank among random human peptides for the allele; lower is stronger',
    spread REAL COMMENT '[log10 percent] Standard deviation over the members of the predictor of the percentile''s logarithm; none where it is not an ensemble',
    affinity_nm REAL COMMENT '[nM] Predicted IC50; lower is stronger, 500 the usual limit of a binder; NULL where the model predicts none',
    affinity_percentile REAL COMMENT '[percent] Rank of the affinity among random human peptides for the allele; lower is stronger',
    scored_as VARCHAR NOT NULL COMMENT 'Allele whose pseudo-sequence was used',
    run_id VARCHAR NOT NULL COMMENT 'Run that wrote the row',
    PRIMARY KEY (peptide, allele, model, model_version)
) WITH (schema_version = 3);
