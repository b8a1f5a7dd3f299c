-- One row a mutation: its best peptide over the patient's alleles, and the features that the inputs allow.
WITH scores AS (
    SELECT peptide, allele, score, percentile FROM presentation
    UNION ALL
    SELECT peptide, allele, score, percentile FROM lake.presentation
    WHERE model = $model AND model_version = $model_version
),
presented AS (
    SELECT
        p.patient_id, p.sample_id, p.variant_id, p.peptide, p.wildtype_peptide, p.length,
        p.mutation_start, p.mutation_end, hla.allele, mt.score, mt.percentile
    FROM peptide AS p
    JOIN hla_typing AS hla ON p.patient_id = hla.patient_id AND hla.hla_class = 'I' AND hla.expressed
    JOIN scores AS mt ON p.peptide = mt.peptide AND hla.allele = mt.allele
),
best AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY patient_id, sample_id, variant_id
            ORDER BY percentile, score DESC, peptide, allele
        ) AS place
        FROM presented
    ) WHERE place = 1
),
breadth AS (
    SELECT
        patient_id, sample_id, variant_id,
        count(DISTINCT CASE WHEN percentile < 2 THEN allele END) AS presenting_alleles,
        count(DISTINCT CASE WHEN percentile < 2 THEN peptide END) AS presented_peptides
    FROM presented
    GROUP BY patient_id, sample_id, variant_id
),
purity AS (
    SELECT
        patient_id, sample_id,
        least(0.5, coalesce(max(CASE WHEN dna_vaf < 0.6 THEN dna_vaf END), 0.6)) AS vaf_clonal
    FROM somatic_variant
    WHERE dna_vaf IS NOT NULL
    GROUP BY patient_id, sample_id
),
genes AS (
    SELECT
        patient_id, sample_id, split_part(feature_id, '.', 1) AS id,
        coalesce(symbol, feature_id) AS symbol, max(tpm) AS tpm
    FROM expression WHERE feature_type = 'gene'
    GROUP BY patient_id, sample_id, feature_id, symbol
),
transcripts AS (
    SELECT patient_id, sample_id, split_part(feature_id, '.', 1) AS id, max(tpm) AS tpm
    FROM expression WHERE feature_type = 'transcript'
    GROUP BY patient_id, sample_id, split_part(feature_id, '.', 1)
),
gene_sums AS (
    -- Where only transcripts were measured, a gene's expression is the sum over its transcripts.
    SELECT c.patient_id, c.sample_id, c.gene_id, sum(t.tpm) AS tpm
    FROM (
        SELECT DISTINCT patient_id, sample_id, gene_id, split_part(transcript, '.', 1) AS id FROM consequence
    ) AS c
    JOIN transcripts AS t ON c.patient_id = t.patient_id AND c.sample_id = t.sample_id AND c.id = t.id
    GROUP BY c.patient_id, c.sample_id, c.gene_id
),
gene_expression AS (
    SELECT
        c.patient_id, c.sample_id, c.variant_id,
        coalesce(max(s.tpm), max(i.tpm), max(g.tpm)) AS tpm
    FROM consequence AS c
    LEFT JOIN genes AS s ON c.patient_id = s.patient_id AND c.sample_id = s.sample_id AND c.gene = s.symbol
    LEFT JOIN genes AS i
        ON c.patient_id = i.patient_id AND c.sample_id = i.sample_id AND split_part(c.gene_id, '.', 1) = i.id
    LEFT JOIN gene_sums AS g
        ON c.patient_id = g.patient_id AND c.sample_id = g.sample_id AND c.gene_id = g.gene_id
    WHERE c.chosen
    GROUP BY c.patient_id, c.sample_id, c.variant_id
),
features AS (
    SELECT
        b.patient_id, b.sample_id, b.variant_id, c.gene, c.transcript, c.variant_class,
        coalesce(c.protein_change, c.consequence) AS protein_change, c.canonical, c.mane_select, c.tsl,
        b.peptide AS best_peptide, b.allele AS best_allele, b.wildtype_peptide,
        b.score AS mt_score, b.percentile AS mt_percentile, wt.percentile AS wt_percentile,
        agretopicity(b.percentile, wt.percentile) AS agretopicity,
        anchor_only(b.length, b.mutation_start, b.mutation_end) AS anchor_only,
        r.presenting_alleles, r.presented_peptides,
        v.dna_vaf, u.vaf_clonal, v.dna_depth, v.rna_depth, v.rna_vaf,
        e.tpm AS gene_tpm, t.tpm AS transcript_tpm, e.tpm * v.rna_vaf AS allele_expression,
        driver_gene(c.gene) AS driver_gene,
        long_peptide(c.mutant_protein, c.mutant_start, c.mutant_end, 27) AS long_peptide,
        v.filter
    FROM best AS b
    JOIN breadth AS r
        ON b.patient_id = r.patient_id AND b.sample_id = r.sample_id AND b.variant_id = r.variant_id
    JOIN consequence AS c
        ON b.patient_id = c.patient_id AND b.sample_id = c.sample_id AND b.variant_id = c.variant_id AND c.chosen
    JOIN somatic_variant AS v
        ON b.patient_id = v.patient_id AND b.sample_id = v.sample_id AND b.variant_id = v.variant_id
    LEFT JOIN scores AS wt ON b.wildtype_peptide = wt.peptide AND b.allele = wt.allele
    LEFT JOIN purity AS u ON b.patient_id = u.patient_id AND b.sample_id = u.sample_id
    LEFT JOIN gene_expression AS e
        ON b.patient_id = e.patient_id AND b.sample_id = e.sample_id AND b.variant_id = e.variant_id
    LEFT JOIN transcripts AS t
        ON c.patient_id = t.patient_id AND c.sample_id = t.sample_id AND split_part(c.transcript, '.', 1) = t.id
),
tiered AS (
    SELECT
        *, gravy(long_peptide) AS hydropathy, cysteines(long_peptide) AS cysteines,
        {tier} AS tier, {tier_index} AS tier_index,
        -- Clonality against a heterozygous clonal variant; half where expression or VAF is unknown.
        CAST(mt_score AS DOUBLE)
            * coalesce(least(1.0, dna_vaf / nullif(vaf_clonal, 0)), 0.5)
            * coalesce(allele_expression / (allele_expression + 1.0), gene_tpm / (gene_tpm + 1.0), 0.5)
            AS priority
    FROM features
)
SELECT
    *, $policy AS policy, $model_version AS model_version,
    row_number() OVER (
        PARTITION BY patient_id ORDER BY tier_index, {order}
    ) AS rank
FROM tiered
ORDER BY patient_id, rank
