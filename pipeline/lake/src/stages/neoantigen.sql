-- One row a mutation: its best peptide over the patient's alleles, and the features that the inputs allow.
WITH scores AS (
    SELECT peptide, allele, score, percentile, spread, affinity_nm, affinity_percentile FROM presentation
    UNION ALL
    SELECT peptide, allele, score, percentile, spread, affinity_nm, affinity_percentile FROM lake.presentation
    WHERE model = $model AND model_version = $model_version
),
pairs AS (
    SELECT
        p.patient_id, p.sample_id, p.variant_id, p.peptide, p.wildtype_peptide, p.length,
        p.start, p.mutation_start, p.mutation_end, hla.allele, mt.score, mt.percentile, mt.spread,
        mt.affinity_nm, mt.affinity_percentile, wt.affinity_nm AS wt_affinity_nm,
        wt.percentile AS wt_percentile, anchor_only(p.length, p.mutation_start, p.mutation_end) AS anchor_only
    FROM peptide AS p
    JOIN hla_typing AS hla ON p.patient_id = hla.patient_id AND hla.scored_as IS NOT NULL AND hla.lost IS NOT TRUE
    JOIN scores AS mt ON p.peptide = mt.peptide AND hla.allele = mt.allele
    LEFT JOIN scores AS wt ON p.wildtype_peptide = wt.peptide AND hla.allele = wt.allele
),
presented AS (
    -- A presented peptide whose change T cells can see stands before one that differs in anchors alone.
    SELECT
        *,
        CASE
            WHEN percentile < 2 AND NOT (anchor_only AND coalesce(wt_percentile, 0) < 2) THEN 0
            ELSE 1
        END AS hidden
    FROM pairs
),
best AS (
    SELECT * FROM (
        SELECT *, row_number() OVER (
            PARTITION BY patient_id, sample_id, variant_id
            ORDER BY {best}, peptide, allele, start
        ) AS place
        FROM presented
    ) WHERE place = 1
),
help AS (
    SELECT b.patient_id, b.sample_id, b.variant_id, class_two_help(
        c.mutant_protein, b.start + b.mutation_start - 1, b.start + b.mutation_end - 1,
        b.start, b.start + b.length - 1, t.alleles
    ) AS h
    FROM best AS b
    JOIN consequence AS c
        ON b.patient_id = c.patient_id AND b.sample_id = c.sample_id AND b.variant_id = c.variant_id AND c.chosen
    JOIN (
        SELECT patient_id, array_agg(allele ORDER BY allele) AS alleles
        FROM hla_typing WHERE hla_class = 'II' AND expressed GROUP BY patient_id
    ) AS t ON b.patient_id = t.patient_id
    WHERE {class_two}
),
events AS (
    -- What happened to genes of antigen presentation; others are passed over by the function.
    SELECT
        c.patient_id, c.sample_id, c.gene,
        CASE WHEN c.truncating THEN 'truncating' ELSE 'altered' END AS event,
        coalesce(v.clonality, '') AS clonality
    FROM (
        SELECT
            *, regexp_like(consequence, 'stop_gained|frameshift|start_lost|splice_(acceptor|donor)_variant') AS truncating
        FROM consequence WHERE chosen
    ) AS c
    JOIN somatic_variant AS v
        ON c.patient_id = v.patient_id AND c.sample_id = v.sample_id AND c.variant_id = v.variant_id
    WHERE v.filter IN ('PASS', '.') AND (c.mutant_start IS NOT NULL OR c.truncating)
    UNION ALL
    SELECT patient_id, sample_id, gene, 'copies ' || copies AS event, '' AS clonality FROM gene_loss
),
machinery AS (
    SELECT
        patient_id, sample_id,
        presentation_machinery(
            array_agg(gene ORDER BY gene, event, clonality),
            array_agg(event ORDER BY gene, event, clonality),
            array_agg(clonality ORDER BY gene, event, clonality)
        ) AS m
    FROM events GROUP BY patient_id, sample_id
),
presenting AS (
    SELECT patient_id, sample_id, variant_id, array_agg(allele ORDER BY strongest, allele) AS alleles
    FROM (
        SELECT patient_id, sample_id, variant_id, allele, min(percentile) AS strongest
        FROM presented WHERE percentile < 2
        GROUP BY patient_id, sample_id, variant_id, allele
    )
    GROUP BY patient_id, sample_id, variant_id
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
        least(0.5, coalesce(
            max(CASE WHEN dna_vaf < 0.6 AND filter IN ('PASS', '.') THEN dna_vaf END), 0.5
        )) AS vaf_clonal
    FROM somatic_variant
    WHERE dna_vaf IS NOT NULL
    GROUP BY patient_id, sample_id
),
parts AS (
    -- Callers may list a multi-nucleotide variant beside the single ones it is made of.
    SELECT s.patient_id, s.sample_id, s.variant_id, min(m.variant_id) AS part_of
    FROM somatic_variant AS s
    JOIN somatic_variant AS m
        ON s.patient_id = m.patient_id AND s.sample_id = m.sample_id AND s.chrom = m.chrom
    WHERE length(s.ref_allele) = 1 AND length(s.alt_allele) = 1
        AND length(m.ref_allele) > 1 AND length(m.ref_allele) = length(m.alt_allele)
        AND s.pos >= m.pos AND s.pos < m.pos + length(m.ref_allele)
        AND substr(m.alt_allele, s.pos - m.pos + 1, 1) = s.alt_allele
    GROUP BY s.patient_id, s.sample_id, s.variant_id
),
neighbours AS (
    -- Other changes of the same transcript within a long peptide's reach; whether they share a haplotype is not known.
    SELECT a.patient_id, a.sample_id, a.variant_id, count(*) AS near_variants
    FROM consequence AS a
    JOIN consequence AS b
        ON a.patient_id = b.patient_id AND a.sample_id = b.sample_id AND a.transcript = b.transcript
    LEFT ANTI JOIN parts AS p
        ON b.patient_id = p.patient_id AND b.sample_id = p.sample_id AND b.variant_id = p.variant_id
    WHERE a.chosen AND a.variant_id <> b.variant_id AND b.mutant_start IS NOT NULL
        AND abs(a.protein_position - b.protein_position) < 27
    GROUP BY a.patient_id, a.sample_id, a.variant_id
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
    -- Which those are, the table's own symbols say, or else the annotation: then the sum is a lower bound.
    SELECT c.patient_id, c.sample_id, c.gene_id, sum(t.tpm) AS tpm
    FROM (
        SELECT DISTINCT patient_id, sample_id, gene_id, split_part(transcript, '.', 1) AS id FROM consequence
    ) AS c
    JOIN transcripts AS t ON c.patient_id = t.patient_id AND c.sample_id = t.sample_id AND c.id = t.id
    GROUP BY c.patient_id, c.sample_id, c.gene_id
),
symbol_sums AS (
    SELECT patient_id, sample_id, symbol, sum(tpm) AS tpm
    FROM expression WHERE feature_type = 'transcript' AND symbol IS NOT NULL
    GROUP BY patient_id, sample_id, symbol
),
gene_expression AS (
    SELECT
        c.patient_id, c.sample_id, c.variant_id,
        coalesce(max(s.tpm), max(i.tpm), max(y.tpm), max(g.tpm)) AS tpm
    FROM consequence AS c
    LEFT JOIN genes AS s ON c.patient_id = s.patient_id AND c.sample_id = s.sample_id AND c.gene = s.symbol
    LEFT JOIN genes AS i
        ON c.patient_id = i.patient_id AND c.sample_id = i.sample_id AND split_part(c.gene_id, '.', 1) = i.id
    LEFT JOIN symbol_sums AS y ON c.patient_id = y.patient_id AND c.sample_id = y.sample_id AND c.gene = y.symbol
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
        b.score AS mt_score, b.percentile AS mt_percentile, b.spread AS mt_spread, b.wt_percentile,
        b.affinity_nm AS mt_affinity_nm, b.wt_affinity_nm, b.affinity_percentile AS mt_affinity_percentile,
        agretopicity(b.percentile, b.wt_percentile) AS agretopicity,
        b.anchor_only,
        CASE WHEN b.percentile < 2 THEN predicted_anchors(b.peptide, b.allele, b.mutation_start, b.mutation_end) END AS a,
        r.presenting_alleles, l.alleles AS presenting, r.presented_peptides,
        v.dna_vaf, u.vaf_clonal, v.dna_depth, v.normal_depth, v.normal_vaf, v.rna_depth,
        -- No read says nothing of the mutant's share.
        nullif(v.rna_vaf, CASE WHEN v.rna_depth = 0 THEN v.rna_vaf END) AS rna_vaf,
        -- Two mates of one fragment are one observation.
        share_lower(coalesce(v.rna_alt_fragments, v.rna_alt_reads), coalesce(v.rna_fragments, v.rna_depth)) AS rna_vaf_lower,
        share_upper(coalesce(v.rna_alt_fragments, v.rna_alt_reads), coalesce(v.rna_fragments, v.rna_depth)) AS rna_vaf_upper,
        v.rna_fragments, v.rna_alt_fragments, v.ccf, v.ccf_lower, v.ccf_upper, v.clonality,
        e.tpm AS gene_tpm, t.tpm AS transcript_tpm,
        CASE WHEN v.rna_depth IS DISTINCT FROM 0 THEN e.tpm * v.rna_vaf END AS allele_expression,
        p.part_of, coalesce(n.near_variants, 0) AS near_variants,
        driver_gene(c.gene) AS driver_gene, hotspot(c.gene, c.protein_change) AS hotspot,
        CASE WHEN {proteome} THEN self_match(b.peptide, b.mutation_start, b.mutation_end) END AS self_match,
        CASE WHEN {proteome} THEN nearest_self(b.peptide) END AS s,
        -- Of presented peptides alone: the whole proteome is aligned with each.
        CASE WHEN {proteome} AND b.percentile < 2 THEN dissimilarity(b.peptide) END AS dissimilarity,
        CASE WHEN {epitopes} THEN foreignness(b.peptide) END AS foreignness,
        h.h, m.m, t_cell_response(b.percentile, b.spread) AS r,
        -- Around the changed residues of the best peptide: of a long frameshift it is that part that counts.
        long_peptide(
            c.mutant_protein, b.start + b.mutation_start - 1, b.start + b.mutation_end - 1, 27
        ) AS long_peptide,
        v.filter
    FROM best AS b
    JOIN breadth AS r
        ON b.patient_id = r.patient_id AND b.sample_id = r.sample_id AND b.variant_id = r.variant_id
    JOIN consequence AS c
        ON b.patient_id = c.patient_id AND b.sample_id = c.sample_id AND b.variant_id = c.variant_id AND c.chosen
    JOIN somatic_variant AS v
        ON b.patient_id = v.patient_id AND b.sample_id = v.sample_id AND b.variant_id = v.variant_id
    LEFT JOIN presenting AS l
        ON b.patient_id = l.patient_id AND b.sample_id = l.sample_id AND b.variant_id = l.variant_id
    LEFT JOIN parts AS p
        ON b.patient_id = p.patient_id AND b.sample_id = p.sample_id AND b.variant_id = p.variant_id
    LEFT JOIN help AS h
        ON b.patient_id = h.patient_id AND b.sample_id = h.sample_id AND b.variant_id = h.variant_id
    LEFT JOIN machinery AS m ON b.patient_id = m.patient_id AND b.sample_id = m.sample_id
    LEFT JOIN neighbours AS n
        ON b.patient_id = n.patient_id AND b.sample_id = n.sample_id AND b.variant_id = n.variant_id
    LEFT JOIN purity AS u ON b.patient_id = u.patient_id AND b.sample_id = u.sample_id
    LEFT JOIN gene_expression AS e
        ON b.patient_id = e.patient_id AND b.sample_id = e.sample_id AND b.variant_id = e.variant_id
    LEFT JOIN transcripts AS t
        ON c.patient_id = t.patient_id AND c.sample_id = t.sample_id AND split_part(c.transcript, '.', 1) = t.id
),
described AS (
    SELECT
        *, gravy(long_peptide) AS hydropathy, cysteines(long_peptide) AS cysteines,
        manufacturability(long_peptide) AS f,
        rna_vaf_lower * gene_tpm AS allele_expression_lower, rna_vaf_upper * gene_tpm AS allele_expression_upper,
        -- Without a cancer cell fraction, against a heterozygous clonal variant.
        coalesce(ccf, least(1.0, dna_vaf / nullif(vaf_clonal, 0))) AS tumour_share,
        coalesce(allele_expression / (allele_expression + 1.0), gene_tpm / (gene_tpm + 1.0)) AS expressed
    FROM features
),
valued AS (
    SELECT
        * EXCEPT (a, r, f, h, m, s),
        a['positions'] AS anchor_positions, a['holds_change'] AS anchors_hold_change,
        s['peptide'] AS nearest_self, s['gene'] AS nearest_self_gene, s['mismatches'] AS nearest_self_mismatches,
        h['peptide'] AS class_two_peptide, h['allele'] AS class_two_allele,
        h['percentile'] AS class_two_percentile, h['overlap'] AS class_two_overlap,
        coalesce(m['class_one_lost'], FALSE) AS class_one_lost,
        coalesce(m['class_one_impaired'], FALSE) AS class_one_impaired,
        coalesce(m['class_two_lost'], FALSE) AS class_two_lost, m['damage'] AS machinery_damage,
        f['cterm_7mer_gravy_score'] AS cterm_7mer_gravy_score, f['max_7mer_gravy_score'] AS max_7mer_gravy_score,
        f['difficult_n_terminal_residue'] AS difficult_n_terminal_residue,
        f['c_terminal_cysteine'] AS c_terminal_cysteine, f['c_terminal_proline'] AS c_terminal_proline,
        f['n_terminal_asparagine'] AS n_terminal_asparagine,
        f['asparagine_proline_bond_count'] AS asparagine_proline_bond_count,
        r['probability'] AS response_probability, r['lower'] AS response_lower, r['upper'] AS response_upper,
        r['expected'] AS response_expected, r['logit'] AS response_logit, r['contributions'] AS response_contributions,
        r['expected'] * coalesce(tumour_share, 0.5) * coalesce(expressed, 0.5) AS priority,
        -- Of what was not measured nothing is known: none, or all.
        r['lower'] * coalesce(ccf_lower, tumour_share, 0.0)
            * coalesce(allele_expression_lower / (allele_expression_lower + 1.0), expressed, 0.0)
            AS priority_lower,
        r['upper'] * coalesce(ccf_upper, tumour_share, 1.0)
            * coalesce(allele_expression_upper / (allele_expression_upper + 1.0), expressed, 1.0)
            AS priority_upper,
        concat(
            r['words'], ' Expected ', round(r['expected'], 4),
            ' x tumour ', round(coalesce(tumour_share, 0.5), 3), CASE WHEN tumour_share IS NULL THEN ' (not known)' ELSE '' END,
            ' x expression ', round(coalesce(expressed, 0.5), 3), CASE WHEN expressed IS NULL THEN ' (not known)' ELSE '' END,
            ' = priority ', round(r['expected'] * coalesce(tumour_share, 0.5) * coalesce(expressed, 0.5), 5), '.'
        ) AS explanation
    FROM described
),
tiered AS (
    SELECT
        *, {tier} AS tier, {tier_index} AS tier_index, {rank_sum} AS rank_sum
    FROM valued
)
SELECT
    *, $policy AS policy, $model_version AS model_version,
    row_number() OVER (
        PARTITION BY patient_id ORDER BY tier_index, rank_sum, {order}
    ) AS rank
FROM tiered
ORDER BY patient_id, rank
