-- An allele reported twice by one source is homozygous; the same by two sources is not. Where a null allele and an
-- expressed one share two fields, the expressed one presents.
SELECT
    patient_id, allele, min(locus) AS locus, min(hla_class) AS hla_class, max(copies) AS copies,
    min(reported) AS reported, bool_or(expressed) AS expressed, min(scored_as) AS scored_as,
    min(note) AS note, min(source_file) AS source_file
FROM (
    SELECT
        patient_id, source_file, allele, min(locus) AS locus, min(hla_class) AS hla_class,
        least(count(*), 2) AS copies, min(reported) AS reported, bool_or(expressed) AS expressed,
        min(scored_as) AS scored_as, min(note) AS note
    FROM raw WHERE rule IS NULL
    GROUP BY patient_id, source_file, allele
)
GROUP BY patient_id, allele
ORDER BY patient_id, allele
