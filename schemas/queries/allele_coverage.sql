-- One row an HLA allele: how many patients have it, and how much of what is presented it presents.
CREATE VIEW allele_coverage (
    allele COMMENT 'Allele in two-field normal form',
    locus COMMENT 'HLA gene (A, B, C, DRB1 ...)',
    patients COMMENT '[count] Patients who have it',
    patients_percent COMMENT '[percent] ... of all patients with a typing',
    lost_in COMMENT '[count] Patients whose tumour has lost it',
    scored_as COMMENT 'Allele whose pseudo-sequence the predictor uses; none where it is not scored',
    best_for COMMENT '[count] Presented mutations, of all patients, that it presents best'
) AS
SELECT
    h.allele, h.locus,
    count(DISTINCT h.patient_id) AS patients,
    100.0 * count(DISTINCT h.patient_id) / max(a.patients) AS patients_percent,
    count(DISTINCT h.patient_id) FILTER (WHERE h.lost) AS lost_in,
    min(h.scored_as) AS scored_as,
    coalesce(max(b.best_for), 0) AS best_for
FROM hla_typing AS h
CROSS JOIN (SELECT count(DISTINCT patient_id) AS patients FROM hla_typing) AS a
LEFT JOIN (
    SELECT best_allele, count(*) AS best_for FROM neoantigen WHERE mt_percentile < 2 GROUP BY best_allele
) AS b ON h.allele = b.best_allele
GROUP BY h.allele, h.locus;
