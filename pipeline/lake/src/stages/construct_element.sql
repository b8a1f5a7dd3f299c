-- The parts of each molecule.
SELECT
    patient_id, construct_id, e['ordinal'] AS ordinal, e['kind'] AS kind, e['name'] AS name,
    e['template_start'] AS template_start, e['template_end'] AS template_end,
    e['mrna_start'] AS mrna_start, e['mrna_end'] AS mrna_end, e['sequence'] AS sequence,
    e['protein'] AS protein, e['source'] AS source, e['certainty'] AS certainty
FROM (
    SELECT
        patient_id, construct_id,
        unnest(construct_elements($profile, genes, peptides, linkers, protein, template)) AS e
    FROM construct
)
ORDER BY patient_id, construct_id, ordinal
