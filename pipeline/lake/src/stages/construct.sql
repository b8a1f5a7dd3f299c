-- Up to the profile's number of long peptides a patient, best rank first, into candidate molecules.
WITH candidates AS (
    SELECT
        *, row_number() OVER (PARTITION BY patient_id ORDER BY rank) AS place
    FROM (
        -- Two samples may share a mutation, and two mutations a stretch: one peptide is enough.
        SELECT *, row_number() OVER (PARTITION BY patient_id, long_peptide ORDER BY rank) AS copy
        FROM neoantigen WHERE {eligible}
    ) WHERE copy = 1
),
chosen AS (
    SELECT
        patient_id,
        array_agg(gene || ' ' || protein_change ORDER BY rank) AS genes,
        array_agg(long_peptide ORDER BY rank) AS peptides,
        array_agg(priority ORDER BY rank) AS priorities
    FROM candidates WHERE place <= $max_peptides
    GROUP BY patient_id
),
alleles AS (
    SELECT patient_id, array_agg(allele ORDER BY allele) AS alleles
    FROM hla_typing WHERE scored_as IS NOT NULL
    GROUP BY patient_id
)
SELECT
    patient_id, c['construct_id'] AS construct_id, c['rank'] AS rank, c['strategy'] AS strategy,
    c['reason'] AS reason, c['profile'] AS profile, c['peptide_count'] AS peptide_count, c['genes'] AS genes,
    c['peptides'] AS peptides, c['linkers'] AS linkers, c['protein'] AS protein,
    c['coding_sequence'] AS coding_sequence, c['mrna'] AS mrna, c['template'] AS template,
    c['length_nt'] AS length_nt, c['cai'] AS cai, c['gc_percent'] AS gc_percent,
    c['uridine_percent'] AS uridine_percent, c['junction_strong'] AS junction_strong,
    c['junction_weak'] AS junction_weak, c['worst_junction_percentile'] AS worst_junction_percentile,
    c['expected_value'] AS expected_value, c['score'] AS score,
    c['checks_passed'] AS checks_passed, c['checks'] AS checks,
    source_file, source_line, path, c['rule'] AS rule, c['message'] AS message, c['remedy'] AS remedy
FROM (
    SELECT
        chosen.patient_id, 'neoantigen' AS source_file, 0 AS source_line, 'long_peptide' AS path,
        unnest(design_constructs(chosen.patient_id, $profile, genes, peptides, priorities, alleles)) AS c
    FROM chosen JOIN alleles ON chosen.patient_id = alleles.patient_id
)
ORDER BY patient_id, rank
