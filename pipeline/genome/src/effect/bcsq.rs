//! What is said, in the words of `bcftools csq`'s BCSQ: `missense|TP53|ENST00000269305|protein_coding|-|175R>175H|7675088C>T`.

use super::entry::Entry;
use super::terms::Terms;
use crate::reference::{Strand, Transcript};

/// One entry of BCSQ.
pub(crate) fn written(entry: &Entry, transcript: &Transcript, biotype: &str) -> String {
    if let Some(position) = entry.said_at {
        return format!("@{position}");
    }
    let terms = entry.terms.settled();
    let decays = if biotype == "NMD" && terms.names_transcript() { "&NMD_transcript" } else { "" };
    let id = if terms.names_transcript() { transcript.id.as_str() } else { "" };
    let mut text = format!("{}{decays}|{}|{id}|{biotype}", terms.bcftools(), transcript.gene);
    if terms.names_strand() || entry.window.is_some() {
        text.push_str(if transcript.strand == Strand::Forward { "|+" } else { "|-" });
    }
    if let Some(window) = &entry.window {
        text.push_str(&window.to_string());
    }
    text
}

/// The entry of a transcript that only terms are known of; `None` for a biotype that `bcftools csq` passes over.
pub(crate) fn bcsq_of(terms: Terms, transcript: &Transcript) -> Option<String> {
    Some(written(&Entry::of(terms), transcript, biotype(&transcript.biotype)?))
}

/// The name that `bcftools csq` has for an Ensembl biotype; `None` for one that it passes over.
pub(crate) fn biotype(ensembl: &str) -> Option<&'static str> {
    let known = |(prefix, _): &&(&str, &str)| {
        ensembl.len() >= prefix.len()
            && ensembl.as_bytes()[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes())
    };
    BIOTYPES.iter().find(known).map(|&(prefix, name)| if name.is_empty() { prefix } else { name })
}

/// Beginnings of biotypes, longer ones first where they begin alike, and the name where it is another.
const BIOTYPES: [(&str, &str); 62] = [
    ("protein_coding", ""),
    ("pseudogene", ""),
    ("processed_transcript", ""),
    ("processed_pseudogene", ""),
    ("polymorphic_pseudogene", ""),
    ("artifact", ""),
    ("antisense", ""),
    ("ambiguous_orf", ""),
    ("IG_pseudogene", ""),
    ("IG_C_pseudogene", ""),
    ("IG_J_pseudogene", ""),
    ("IG_V_pseudogene", ""),
    ("IG_C", ""),
    ("IG_D", ""),
    ("IG_J", ""),
    ("IG_V", ""),
    ("IG_LV", ""),
    ("TR_V_pseudogene", ""),
    ("TR_J_pseudogene", ""),
    ("TR_C", ""),
    ("TR_D", ""),
    ("TR_J", ""),
    ("TR_V", ""),
    ("Mt_tRNA_pseudogene", "MT_tRNA_pseudogene"),
    ("Mt_tRNA", "MT_tRNA"),
    ("Mt_rRNA", "MT_rRNA"),
    ("mRNA", "protein_coding"),
    ("lincRNA", ""),
    ("lncRNA", ""),
    ("macro_lncRNA", ""),
    ("misc_RNA_pseudogene", ""),
    ("miRNA_pseudogene", ""),
    ("miRNA", ""),
    ("misc_RNA", ""),
    ("rRNA", ""),
    ("ribozyme", ""),
    ("retained_intron", ""),
    ("retrotransposed", ""),
    ("snRNA", ""),
    ("sRNA", ""),
    ("scRNA", ""),
    ("scaRNA", ""),
    ("snoRNA", ""),
    ("sense_intronic", ""),
    ("sense_overlapping", ""),
    ("tRNA_pseudogene", "Trna_pseudogene"),
    ("transcribed_processed_pseudogene", ""),
    ("transcribed_unprocessed_pseudogene", ""),
    ("transcribed_unitary_pseudogene", ""),
    ("translated_unprocessed_pseudogene", ""),
    ("translated_processed_pseudogene", ""),
    ("nonsense_mediated_decay", "NMD"),
    ("non_stop_decay", ""),
    ("NMD", ""),
    ("known_ncrna", "known_ncRNA"),
    ("unitary_pseudogene", ""),
    ("unprocessed_pseudogene", ""),
    ("LRG_gene", ""),
    ("3prime_overlapping_ncRNA", "3_prime_overlapping_ncRNA"),
    ("disrupted_domain", ""),
    ("vaultRNA", ""),
    ("bidirectional_promoter_lncRNA", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biotypes() {
        for (ensembl, expected) in [
            ("protein_coding", Some("protein_coding")),
            ("protein_coding_LoF", Some("protein_coding")),
            ("nonsense_mediated_decay", Some("NMD")),
            ("TR_J_gene", Some("TR_J")),
            ("TR_J_pseudogene", Some("TR_J_pseudogene")),
            ("IG_V_gene", Some("IG_V")),
            ("lncRNA", Some("lncRNA")),
            ("TEC", None),
        ] {
            assert_eq!(biotype(ensembl), expected, "{ensembl}");
        }
    }
}
