-- The twenty mutations that rank first in each patient, with what makes them rank there.
CREATE VIEW top_neoantigens (
    patient_id COMMENT 'Pseudonym of the patient',
    rank COMMENT '[1 is best] Rank within the patient',
    gene COMMENT 'Gene symbol',
    protein_change COMMENT 'Short form of the protein change (p.G12D)',
    tier COMMENT 'Tier under the policy of the run',
    best_peptide COMMENT 'Mutant peptide that is presented best',
    best_allele COMMENT 'Allele that presents it best',
    mt_percentile COMMENT '[percent] Percentile rank of the best peptide; lower is stronger',
    wt_percentile COMMENT '[percent] Percentile rank of its wild-type partner for the same allele',
    dna_vaf COMMENT '[fraction] Variant allele fraction in the tumour''s DNA',
    gene_tpm COMMENT '[TPM] Expression of the gene',
    driver_gene COMMENT 'Gene is in the list of cancer drivers',
    priority COMMENT '[0 to 1] Value of the mutation in a construct',
    long_peptide COMMENT 'Up to 27 residues around the change',
    sample_id COMMENT 'Sample of the sheet',
    variant_id COMMENT 'chrom:pos:ref:alt as in the VCF',
    run_id COMMENT 'Run that wrote the row'
) AS
SELECT
    patient_id, rank, gene, protein_change, tier, best_peptide, best_allele, mt_percentile, wt_percentile,
    dna_vaf, gene_tpm, driver_gene, priority, long_peptide, sample_id, variant_id, run_id
FROM neoantigen
WHERE rank <= 20;
