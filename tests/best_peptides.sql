WITH ranked AS (
    -- pVACseq's preferred transcripts: MANE Select, canonical or of support level 1; all where there is none.
    SELECT
        *, rank() OVER (
            PARTITION BY variant_id
            ORDER BY CASE WHEN mane_select OR canonical OR coalesce(tsl, 0) = 1 THEN 0 ELSE 1 END
        ) AS preferred
    FROM consequence
    WHERE biotype = 'protein_coding' AND mutant_start IS NOT NULL
),
cut AS (
    SELECT
        variant_id, chosen, mutant_protein,
        unnest(peptide_windows(
            mutant_protein, wildtype_protein, mutant_start, mutant_end, variant_class = 'frameshift', 8, 9
        )) AS w
    FROM ranked
    WHERE preferred = 1
),
windows AS (
    SELECT
        variant_id, chosen, mutant_protein, w['peptide'] AS peptide, w['wildtype_peptide'] AS wildtype_peptide,
        w['start'] AS start, anchor_only(w['length'], w['mutation_start'], w['mutation_end']) AS anchor_only
    FROM cut
),
asked AS (
    SELECT peptide FROM windows
    UNION
    SELECT wildtype_peptide AS peptide FROM windows WHERE wildtype_peptide IS NOT NULL
),
scores AS (
    SELECT
        peptide, allele, p['percentile'] + p['affinity_percentile'] AS percentiles, p['affinity_nm'] AS affinity_nm
    FROM (
        SELECT asked.peptide, hla.allele, mhc1_presentation_of(asked.peptide, hla.allele) AS p
        FROM asked CROSS JOIN hla_typing AS hla
    )
),
pairs AS (
    -- pVACseq keeps out what differs in anchors alone from a wild type that binds, unless nothing else is left.
    SELECT
        windows.*, mt.allele, mt.percentiles, mt.affinity_nm,
        CASE WHEN anchor_only AND coalesce(wt.affinity_nm, 0) < 500 THEN 1 ELSE 0 END AS hidden
    FROM windows
    JOIN scores AS mt ON windows.peptide = mt.peptide
    LEFT JOIN scores AS wt ON windows.wildtype_peptide = wt.peptide AND mt.allele = wt.allele
)
SELECT variant_id, peptide, allele, start, mutant_protein
FROM (
    SELECT
        *, row_number() OVER (
            PARTITION BY variant_id
            ORDER BY hidden, percentiles, affinity_nm, chosen DESC, peptide, allele, mutant_protein, start
        ) AS place
    FROM pairs
)
WHERE place = 1
