//! Alleles without a sequence: recorded as what they are. What they do to a protein is not computed.

use super::regions::{Alternative, Call};
use crate::effect::{Terms, touched_by_insertion};
use crate::reference::Transcript;
use crate::vcf::Structural;

/// The Sequence Ontology's name of a symbolic allele or breakend (<http://www.sequenceontology.org>).
pub(super) fn term(allele: &str, info: Option<&Structural>) -> &'static str {
    if !allele.starts_with('<') {
        return "breakend";
    }
    let named = allele.trim_matches(['<', '>']);
    let kind = info.and_then(|info| info.kind.as_deref()).unwrap_or(named);
    let of = |text: &str| match text.split(':').next().unwrap_or_default() {
        "DEL" => Some("deletion"),
        "DUP" => Some("duplication"),
        "INS" => Some("insertion"),
        "INV" => Some("inversion"),
        "CNV" => Some("copy_number_variation"),
        "BND" => Some("breakend"),
        "TRA" | "CTX" => Some("translocation"),
        _ => None,
    };
    of(named).or_else(|| of(kind)).unwrap_or("structural_variant")
}

/// What a symbolic insertion does to the transcripts that it lies in: it makes them longer, by what is not known.
pub(super) fn elongation(
    call: &Call,
    transcripts: &[&Transcript],
) -> impl Iterator<Item = (usize, Terms)> {
    let inserts = matches!(&call.alternative, Alternative::Structural { allele, .. } if allele.starts_with("<INS"));
    let transcripts = if inserts { transcripts } else { &[] };
    transcripts.iter().enumerate().filter_map(|(number, transcript)| {
        Some((number, touched_by_insertion(transcript, i64::from(call.pos))?))
    })
}
