-- Reported alleles in normal form, one row an allele. What cannot be read goes to quarantine.
SELECT
    patient_id, source_file, source_line, resource_id, path,
    h['allele'] AS allele, h['locus'] AS locus, h['hla_class'] AS hla_class, h['reported'] AS reported,
    h['expressed'] AS expressed, h['scored_as'] AS scored_as,
    lost, nullif(concat_ws('; ', h['note'], loss_note), '') AS note,
    h['rule'] AS rule, h['message'] AS message, h['remedy'] AS remedy
FROM (SELECT *, unnest(hla_normalize(reported)) AS h FROM hla_report)
