-- The effect of every variant on every transcript that its annotation names; of variants whose consequences were computed
-- from a reference, or told by a fusion caller, those.
SELECT
    patient_id, sample_id, variant_id, source_file, source_line, 'INFO/CSQ' AS path,
    c['gene'] AS gene, c['gene_id'] AS gene_id, c['transcript'] AS transcript, c['biotype'] AS biotype,
    c['canonical'] AS canonical, c['mane_select'] AS mane_select, c['tsl'] AS tsl, c['cds_flags'] AS cds_flags,
    c['consequence'] AS consequence, c['variant_class'] AS variant_class, c['hgvs_g'] AS hgvs_g, c['hgvs_c'] AS hgvs_c,
    c['hgvs_p'] AS hgvs_p, c['protein_change'] AS protein_change, c['protein_position'] AS protein_position,
    c['amino_acids'] AS amino_acids, c['codons'] AS codons, c['wildtype_protein'] AS wildtype_protein,
    c['mutant_protein'] AS mutant_protein, c['mutant_start'] AS mutant_start, c['mutant_end'] AS mutant_end,
    c['haplotype'] AS haplotype, c['unphased_neighbours'] AS unphased_neighbours, c['bcsq'] AS bcsq, c['disagreement'] AS disagreement, c['note'] AS note,
    c['rule'] AS rule, c['message'] AS message, c['remedy'] AS remedy
FROM (
    SELECT
        patient_id, sample_id, variant_id, source_file, source_line,
        unnest(csq_consequences(csq_format, chrom, pos, ref_allele, alt_allele, annotation)) AS c
    FROM somatic_variant AS v LEFT ANTI JOIN computed_consequence AS c
        ON v.patient_id = c.patient_id AND v.sample_id = c.sample_id AND v.variant_id = c.variant_id
)
UNION ALL
SELECT
    patient_id, sample_id, variant_id, source_file, source_line, path,
    gene, gene_id, transcript, biotype, canonical, mane_select, tsl, cds_flags, consequence, variant_class, hgvs_g, hgvs_c,
    hgvs_p, protein_change, protein_position, amino_acids, codons, wildtype_protein, mutant_protein, mutant_start, mutant_end,
    haplotype, unphased_neighbours, bcsq, disagreement, note, rule, message, remedy
FROM computed_consequence
