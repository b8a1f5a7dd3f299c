//! What a variant does to a protein, from VEP's Sequence Ontology terms.

use super::VariantKey;

/// The kinds that give a mutant protein, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// One residue or several for as many; told apart by the trimmed change.
    Substitution,
    InframeInsertion,
    InframeDeletion,
    Frameshift,
    /// No mutant protein; the name is the row's `variant_class`.
    Other(&'static str),
}

impl Class {
    /// The order of the tests is pVACseq's, so that the same rows carry a mutant protein: a lost start codon
    /// or a kept stop has none, a frameshift goes before all else.
    pub(crate) fn of(terms: &str, key: VariantKey<'_>) -> Self {
        let has = |name: &str| terms.split('&').any(|term| term == name);
        let any = |names: &[&str]| names.iter().any(|name| has(name));
        if has("start_lost") {
            Self::Other("start_lost")
        } else if has("stop_retained_variant") {
            Self::Other(if terms.contains("inframe") || has("frameshift_variant") {
                "other"
            } else {
                "synonymous"
            })
        } else if has("frameshift_variant") {
            Self::Frameshift
        } else if has("stop_lost") {
            Self::Other("stop_lost")
        } else if has("missense_variant") {
            Self::Substitution
        } else if has("inframe_insertion") {
            Self::InframeInsertion
        } else if has("inframe_deletion") {
            Self::InframeDeletion
        } else if has("protein_altering_variant") {
            Self::of_lengths(key)
        } else if has("stop_gained") {
            Self::Other("stop_gained")
        } else if has("synonymous_variant") {
            Self::Other("synonymous")
        } else if any(&["splice_donor_variant", "splice_acceptor_variant"])
            || terms.contains("splice_")
        {
            Self::Other("splice")
        } else if any(&[
            "coding_sequence_variant",
            "incomplete_terminal_codon_variant",
            "start_retained_variant",
        ]) {
            Self::Other("other")
        } else if is_noncoding(terms) {
            Self::Other("noncoding")
        } else {
            Self::Other("other")
        }
    }

    /// `protein_altering_variant` says only that the reading frame is kept.
    fn of_lengths(key: VariantKey<'_>) -> Self {
        let (reference, alternative) = (key.ref_allele.len(), key.alt_allele.len());
        match alternative.cmp(&reference) {
            _ if reference.abs_diff(alternative) % 3 != 0 => Self::Other("other"),
            std::cmp::Ordering::Greater => Self::InframeInsertion,
            std::cmp::Ordering::Less => Self::InframeDeletion,
            std::cmp::Ordering::Equal => Self::Substitution,
        }
    }
}

fn is_noncoding(terms: &str) -> bool {
    ["intron", "UTR", "upstream", "downstream", "non_coding", "mature_miRNA", "intergenic"]
        .iter()
        .any(|part| terms.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        let check = |terms, reference, alternative, expected| {
            let key =
                VariantKey { chrom: "1", pos: 1, ref_allele: reference, alt_allele: alternative };
            assert_eq!(Class::of(terms, key), expected, "{terms}");
        };
        check("missense_variant&splice_region_variant", "C", "T", Class::Substitution);
        check("frameshift_variant&stop_lost", "CA", "C", Class::Frameshift);
        check("stop_gained&frameshift_variant", "CA", "C", Class::Frameshift);
        check("stop_gained&inframe_insertion", "C", "CCTA", Class::InframeInsertion);
        check("inframe_deletion&NMD_transcript_variant", "CAAA", "C", Class::InframeDeletion);
        check("protein_altering_variant", "CAAAA", "CT", Class::InframeDeletion);
        check("protein_altering_variant", "CA", "CTTTT", Class::InframeInsertion);
        check("protein_altering_variant", "CA", "CT", Class::Substitution);
        check("protein_altering_variant", "CA", "C", Class::Other("other"));
        check("start_lost&inframe_deletion", "CAAA", "C", Class::Other("start_lost"));
        check("stop_lost&3_prime_UTR_variant", "C", "T", Class::Other("stop_lost"));
        check("stop_gained&splice_region_variant", "C", "T", Class::Other("stop_gained"));
        check("stop_retained_variant", "C", "T", Class::Other("synonymous"));
        check("splice_acceptor_variant", "C", "T", Class::Other("splice"));
        check("splice_region_variant&synonymous_variant", "C", "T", Class::Other("synonymous"));
        check("intron_variant&NMD_transcript_variant", "C", "T", Class::Other("noncoding"));
        check("coding_sequence_variant&3_prime_UTR_variant", "C", "T", Class::Other("other"));
        check("transcript_ablation", "C", "T", Class::Other("other"));
    }
}
