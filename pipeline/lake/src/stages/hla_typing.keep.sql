-- An allele reported twice in one place is homozygous; the same in two places is not. Where a null allele and an
-- expressed one share two fields, the expressed one presents and its note counts.
SELECT
    patient_id, allele, min(locus) AS locus, min(hla_class) AS hla_class, max(copies) AS copies,
    min(reported) AS reported, bool_or(expressed) AS expressed, min(scored_as) AS scored_as,
    bool_or(lost) AS lost,
    coalesce(min(note) FILTER (WHERE expressed), CASE WHEN NOT bool_or(expressed) THEN min(note) END) AS note,
    min(source_file) AS source_file, first_value(source_line ORDER BY source_file, source_line) AS source_line,
    first_value(resource_id ORDER BY source_file, source_line) AS resource_id
FROM (
    SELECT
        patient_id, source_file, source_line, allele, min(locus) AS locus, min(hla_class) AS hla_class,
        least(greatest(count(*) FILTER (WHERE expressed), 1), 2) AS copies, min(reported) AS reported,
        min(resource_id) AS resource_id, bool_or(expressed) AS expressed, min(scored_as) AS scored_as,
        bool_or(lost) AS lost,
        coalesce(min(note) FILTER (WHERE expressed), CASE WHEN NOT bool_or(expressed) THEN min(note) END) AS note
    FROM raw WHERE rule IS NULL
    GROUP BY patient_id, source_file, source_line, allele
)
GROUP BY patient_id, allele
ORDER BY patient_id, allele
