-- Class I windows of the chosen transcript's mutant protein that occur in no wild-type protein of the patient's
-- annotation, nor in the reference's proteome. A protein that is only cut short has nothing new; of a fusion's partners side
-- by side, only windows with residues of both are.
WITH windows AS (
    SELECT
        patient_id, sample_id, variant_id, transcript, gene,
        w['peptide'] AS peptide, w['wildtype_peptide'] AS wildtype_peptide, w['length'] AS length,
        w['start'] AS start, w['mutation_start'] AS mutation_start, w['mutation_end'] AS mutation_end
    FROM (
        SELECT
            patient_id, sample_id, variant_id, transcript, gene, variant_class, mutant_start, mutant_end,
            unnest(peptide_windows(
                mutant_protein, wildtype_protein, mutant_start, mutant_end,
                variant_class = 'frameshift' OR starts_with(variant_class, 'fusion'), 8, 11
            )) AS w
        FROM consequence
        WHERE chosen AND biotype = 'protein_coding' AND mutant_start IS NOT NULL
    )
    WHERE variant_class <> 'fusion_inframe'
        OR (w['start'] <= mutant_start AND w['start'] + w['length'] > mutant_end)
),
cut AS (
    SELECT patient_id, array_agg(DISTINCT peptide) AS peptides FROM windows GROUP BY patient_id
),
own AS (
    SELECT patient_id, array_agg(DISTINCT wildtype_protein) AS proteins
    FROM consequence WHERE wildtype_protein IS NOT NULL
    GROUP BY patient_id
),
self AS (
    SELECT cut.patient_id, unnest(peptides_in_proteins(cut.peptides, own.proteins)) AS peptide
    FROM cut JOIN own ON cut.patient_id = own.patient_id
)
SELECT windows.*
FROM windows LEFT ANTI JOIN self ON windows.patient_id = self.patient_id AND windows.peptide = self.peptide
WHERE NOT ({proteome} AND in_proteome(windows.peptide))
ORDER BY patient_id, sample_id, variant_id, length, start
