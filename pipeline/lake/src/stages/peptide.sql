-- Class I windows of the chosen transcript's mutant protein. A protein that is only cut short has nothing new.
SELECT
    patient_id, sample_id, variant_id, transcript, gene,
    w['peptide'] AS peptide, w['wildtype_peptide'] AS wildtype_peptide, w['length'] AS length,
    w['start'] AS start, w['mutation_start'] AS mutation_start, w['mutation_end'] AS mutation_end
FROM (
    SELECT
        patient_id, sample_id, variant_id, transcript, gene,
        unnest(peptide_windows(
            mutant_protein, wildtype_protein, mutant_start, mutant_end, variant_class = 'frameshift', 8, 11
        )) AS w
    FROM consequence
    WHERE chosen AND biotype = 'protein_coding' AND mutant_start IS NOT NULL
)
ORDER BY patient_id, sample_id, variant_id, length, start
