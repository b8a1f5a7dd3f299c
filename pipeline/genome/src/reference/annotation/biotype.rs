//! Biotypes in Ensembl's terms (<https://www.ensembl.org/info/genome/genebuild/biotypes.html>).

/// What is known of a transcript's biotype.
pub(super) struct Evidence<'a> {
    /// What the annotation gives as biotype of the transcript.
    pub(super) stated: Option<&'a str>,
    /// What it gives as biotype of the gene.
    pub(super) gene: Option<&'a str>,
    /// Type of the feature, a term of the Sequence Ontology.
    pub(super) kind: &'a str,
    /// Symbol of the gene, which tells immunoglobulins from T-cell receptors.
    pub(super) symbol: &'a str,
    /// Whether there is a coding sequence.
    pub(super) coding: bool,
    /// Whether it lies on the mitochondrial contig.
    pub(super) mitochondrial: bool,
}

/// The biotype: what the annotation states, else what the type of the feature means, else the gene's.
pub(super) fn biotype(evidence: &Evidence) -> String {
    let coding = |gene: Option<&str>| gene.unwrap_or("protein_coding").to_owned();
    match evidence.stated.unwrap_or(evidence.kind) {
        "transcript" | "gene" | "pseudogene" if evidence.coding => coding(evidence.gene),
        "transcript" | "gene" | "pseudogene" => match evidence.gene {
            // A transcript without coding sequence of a coding gene.
            None | Some("protein_coding") => "misc_RNA".to_owned(),
            Some(gene) => gene.to_owned(),
        },
        term => in_ensembl_terms(term, evidence),
    }
}

/// Types of the Sequence Ontology and RefSeq's terms; others are Ensembl's already.
fn in_ensembl_terms(term: &str, evidence: &Evidence) -> String {
    if let Some(segment) = term.strip_suffix("_gene_segment") {
        let receptor = if evidence.symbol.starts_with("TR") { "TR" } else { "IG" };
        return format!("{receptor}_{segment}_gene");
    }
    match term {
        "mRNA" => "protein_coding",
        "lnc_RNA" => "lncRNA",
        "NMD_transcript_variant" => "nonsense_mediated_decay",
        "primary_transcript" | "pre_miRNA" => "miRNA",
        "ncRNA" | "SRP_RNA" | "Y_RNA" => "misc_RNA",
        "RNase_P_RNA" | "RNase_MRP_RNA" => "ribozyme",
        "pseudogenic_transcript" => "pseudogene",
        "tRNA" if evidence.mitochondrial => "Mt_tRNA",
        "rRNA" if evidence.mitochondrial => "Mt_rRNA",
        term => term,
    }
    .to_owned()
}

/// Whether a source column is a biotype, as it was in Ensembl's GTF up to release 76.
pub(super) fn of_source(source: &str) -> Option<&str> {
    const TERMS: [&str; 19] = [
        "protein_coding",
        "nonsense_mediated_decay",
        "non_stop_decay",
        "retained_intron",
        "processed_transcript",
        "processed_pseudogene",
        "unprocessed_pseudogene",
        "transcribed_processed_pseudogene",
        "transcribed_unprocessed_pseudogene",
        "unitary_pseudogene",
        "polymorphic_pseudogene",
        "pseudogene",
        "antisense",
        "lincRNA",
        "sense_intronic",
        "miRNA",
        "misc_RNA",
        "snRNA",
        "snoRNA",
    ];
    TERMS.contains(&source).then_some(source)
}

/// Whether a feature type is a transcript's, even where it has no exon of its own.
pub(super) fn is_transcript(kind: &str) -> bool {
    kind.ends_with("RNA") || kind.ends_with("_gene_segment") || kind.contains("transcript")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stated: Option<&str>, gene: Option<&str>, kind: &str, coding: bool, expected: &str) {
        let evidence =
            Evidence { stated, gene, kind, symbol: "TRAJ17", coding, mitochondrial: true };
        assert_eq!(biotype(&evidence), expected, "{stated:?} {gene:?} {kind}");
    }

    #[test]
    fn terms() {
        check(Some("TR_J_gene"), None, "J_gene_segment", false, "TR_J_gene");
        check(None, None, "J_gene_segment", false, "TR_J_gene");
        check(Some("mRNA"), None, "transcript", true, "protein_coding");
        check(None, None, "mRNA", false, "protein_coding");
        check(None, Some("protein_coding"), "lnc_RNA", false, "lncRNA");
        check(None, Some("protein_coding"), "transcript", false, "misc_RNA");
        check(None, Some("IG_V_gene"), "transcript", true, "IG_V_gene");
        check(None, None, "transcript", true, "protein_coding");
        check(None, Some("protein_coding"), "gene", true, "protein_coding");
        check(None, Some("tRNA"), "tRNA", false, "Mt_tRNA");
        check(
            Some("retained_intron"),
            None,
            "aberrant_processed_transcript",
            false,
            "retained_intron",
        );
    }
}
