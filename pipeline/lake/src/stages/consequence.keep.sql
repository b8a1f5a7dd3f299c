-- All transcripts are kept; one stands for the variant.
SELECT
    *,
    row_number() OVER (
        PARTITION BY patient_id, sample_id, variant_id
        ORDER BY
            (mutant_protein IS NOT NULL AND biotype = 'protein_coding') DESC, mane_select DESC, canonical DESC,
            cds_flags IS NULL DESC, tsl ASC NULLS LAST,
            character_length(coalesce(wildtype_protein, '')) DESC, transcript, haplotype NULLS LAST
    ) = 1 AS chosen
FROM raw WHERE rule IS NULL
ORDER BY patient_id, sample_id, variant_id, transcript, haplotype NULLS LAST
