-- One row a patient: what was found, what is presented, and what was designed.
CREATE VIEW cohort_summary (
    patient_id COMMENT 'Pseudonym of the patient',
    samples COMMENT '[count] Samples with calls',
    variants COMMENT '[count] Somatic calls, filtered ones too',
    neoantigens COMMENT '[count] Mutations with a new peptide',
    presented COMMENT '[count] ... of which some peptide is under 2 percent for some allele',
    strong COMMENT '[count] ... of which some peptide is under 0.5 percent for some allele',
    drivers COMMENT '[count] Presented mutations in driver genes',
    best_percentile COMMENT '[percent] Lowest percentile rank of all',
    class_one_alleles COMMENT '[count] HLA-A, -B and -C alleles that can present',
    constructs COMMENT '[count] Candidate molecules',
    constructs_passed COMMENT '[count] ... that passed every check',
    refused COMMENT '[count] Rows of the patient in quarantine, of the run that last made the patient''s results',
    run_id COMMENT 'Run that last made the patient''s results'
) AS
SELECT
    p.patient_id,
    coalesce(v.samples, 0) AS samples,
    coalesce(v.variants, 0) AS variants,
    coalesce(n.neoantigens, 0) AS neoantigens,
    coalesce(n.presented, 0) AS presented,
    coalesce(n.strong, 0) AS strong,
    coalesce(n.drivers, 0) AS drivers,
    n.best_percentile,
    coalesce(h.class_one_alleles, 0) AS class_one_alleles,
    coalesce(c.constructs, 0) AS constructs,
    coalesce(c.constructs_passed, 0) AS constructs_passed,
    coalesce(q.refused, 0) AS refused,
    p.run_id
FROM patient AS p
LEFT JOIN (
    SELECT patient_id, count(DISTINCT sample_id) AS samples, count(*) AS variants
    FROM somatic_variant GROUP BY patient_id
) AS v ON p.patient_id = v.patient_id
LEFT JOIN (
    SELECT
        patient_id, count(*) AS neoantigens,
        count(*) FILTER (WHERE mt_percentile < 2) AS presented,
        count(*) FILTER (WHERE mt_percentile < 0.5) AS strong,
        count(*) FILTER (WHERE mt_percentile < 2 AND driver_gene) AS drivers,
        min(mt_percentile) AS best_percentile
    FROM neoantigen GROUP BY patient_id
) AS n ON p.patient_id = n.patient_id
LEFT JOIN (
    SELECT patient_id, count(*) AS class_one_alleles
    FROM hla_typing WHERE scored_as IS NOT NULL AND lost IS NOT TRUE GROUP BY patient_id
) AS h ON p.patient_id = h.patient_id
LEFT JOIN (
    SELECT patient_id, count(*) AS constructs, count(*) FILTER (WHERE checks_passed) AS constructs_passed
    FROM construct GROUP BY patient_id
) AS c ON p.patient_id = c.patient_id
LEFT JOIN (
    SELECT patient_id, run_id, count(*) AS refused FROM quarantine GROUP BY patient_id, run_id
) AS q ON p.patient_id = q.patient_id AND p.run_id = q.run_id;
