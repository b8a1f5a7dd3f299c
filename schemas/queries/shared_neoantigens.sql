-- Mutations whose peptide is presented in more than one patient: what a vaccine for several could hold.
CREATE VIEW shared_neoantigens (
    gene COMMENT 'Gene symbol',
    protein_change COMMENT 'Short form of the protein change (p.G12D)',
    patients COMMENT '[count] Patients with the mutation',
    presented_in COMMENT '[count] ... in whom some peptide of it is under 2 percent',
    peptides COMMENT '[count] Different best peptides in those',
    alleles COMMENT 'Alleles that present it best, comma-separated',
    best_percentile COMMENT '[percent] Lowest percentile rank',
    driver_gene COMMENT 'Gene is in the list of cancer drivers'
) AS
SELECT
    gene, protein_change,
    count(DISTINCT patient_id) AS patients,
    count(DISTINCT patient_id) FILTER (WHERE mt_percentile < 2) AS presented_in,
    count(DISTINCT best_peptide) FILTER (WHERE mt_percentile < 2) AS peptides,
    array_to_string(array_sort(array_agg(DISTINCT best_allele) FILTER (WHERE mt_percentile < 2)), ', ') AS alleles,
    min(mt_percentile) AS best_percentile,
    bool_or(driver_gene) AS driver_gene
FROM neoantigen
GROUP BY gene, protein_change
HAVING count(DISTINCT patient_id) > 1;
