-- A patient's candidates, each long peptide once, into molecules; which of them, the design chooses.
WITH candidates AS (
    SELECT
        *, row_number() OVER (PARTITION BY patient_id ORDER BY rank) AS place
    FROM (
        -- Two samples may share a mutation, and two mutations a stretch: one peptide is enough.
        SELECT *, row_number() OVER (PARTITION BY patient_id, long_peptide ORDER BY rank) AS copy
        FROM neoantigen WHERE {eligible}
    ) WHERE copy = 1
),
offered AS (
    SELECT
        patient_id,
        array_agg(gene || ' ' || protein_change ORDER BY rank) AS genes,
        array_agg(long_peptide ORDER BY rank) AS peptides,
        array_agg(priority ORDER BY rank) AS priorities,
        array_agg(coalesce(response_expected, 0.0) * coalesce(expressed, 0.5) ORDER BY rank) AS probabilities,
        array_agg(tumour_share ORDER BY rank) AS fractions,
        array_agg(coalesce(array_to_string(presenting, ','), best_allele) ORDER BY rank) AS presenting,
        array_agg(coalesce(strpos(long_peptide, class_two_peptide) > 0, FALSE) ORDER BY rank) AS helped
    FROM candidates WHERE place <= $most_offers
    GROUP BY patient_id
),
alleles AS (
    -- What the tumour has lost is still on the cells that show the vaccine.
    SELECT
        patient_id, array_agg(allele ORDER BY allele) AS alleles,
        bool_and(lost IS FALSE) FILTER (WHERE scored_as IS NOT NULL) AS retained
    FROM hla_typing WHERE scored_as IS NOT NULL OR (hla_class = 'II' AND expressed)
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
    c['checks_passed'] AS checks_passed, c['checks'] AS checks, c['codons'] AS codons,
    c['structure'] AS structure, c['mfe'] AS mfe, c['openness'] AS openness, c['mean_unpaired'] AS mean_unpaired,
    c['degradation'] AS degradation, c['order_optimal'] AS order_optimal, c['order_gap'] AS order_gap,
    c['strong_in_every_order'] AS strong_in_every_order, c['on_front'] AS on_front, c['traded'] AS traded,
    c['selection_value'] AS selection_value, c['selection_bound'] AS selection_bound,
    c['selection_optimal'] AS selection_optimal, c['marginal_values'] AS marginal_values,
    source_file, source_line, path, c['rule'] AS rule, c['message'] AS message, c['remedy'] AS remedy
FROM (
    SELECT
        offered.patient_id, 'neoantigen' AS source_file, 0 AS source_line, 'long_peptide' AS path,
        unnest(design_constructs(
            offered.patient_id, $profile, $design, genes, peptides, priorities, probabilities, fractions,
            presenting, helped, alleles, retained
        )) AS c
    FROM offered JOIN alleles ON offered.patient_id = alleles.patient_id
)
ORDER BY patient_id, rank, construct_id
