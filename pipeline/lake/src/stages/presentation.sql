-- Scores that the lake does not have yet: each peptide, mutant and wild type, with each allele of its patient.
WITH asked AS (
    SELECT patient_id, peptide FROM peptide
    UNION
    SELECT patient_id, wildtype_peptide AS peptide FROM peptide WHERE wildtype_peptide IS NOT NULL
),
pairs AS (
    SELECT DISTINCT asked.peptide, hla.allele
    FROM asked JOIN hla_typing AS hla ON asked.patient_id = hla.patient_id
    WHERE hla.scored_as IS NOT NULL
),
unknown AS (
    SELECT pairs.peptide, pairs.allele
    FROM pairs LEFT ANTI JOIN (
        SELECT peptide, allele FROM lake.presentation WHERE model = $model AND model_version = $model_version
    ) AS known ON pairs.peptide = known.peptide AND pairs.allele = known.allele
)
SELECT
    peptide, allele, $model AS model, $model_version AS model_version,
    p['score'] AS score, p['percentile'] AS percentile, p['spread'] AS spread,
    p['affinity_nm'] AS affinity_nm, p['affinity_percentile'] AS affinity_percentile, p['scored_as'] AS scored_as
FROM (SELECT peptide, allele, mhc1_presentation_of(peptide, allele) AS p FROM unknown)
ORDER BY peptide, allele
