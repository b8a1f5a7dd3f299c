//! What a change does, as a set of Sequence Ontology terms (<http://www.sequenceontology.org>), with the short names of
//! `bcftools csq`.

use std::borrow::Cow;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub, SubAssign};

/// A set of terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms(u32);

impl Terms {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const SYNONYMOUS: Self = Self(1 << 1);
    pub(crate) const MISSENSE: Self = Self(1 << 2);
    pub(crate) const STOP_LOST: Self = Self(1 << 3);
    pub(crate) const STOP_GAINED: Self = Self(1 << 4);
    pub(crate) const INFRAME_DELETION: Self = Self(1 << 5);
    pub(crate) const INFRAME_INSERTION: Self = Self(1 << 6);
    pub(crate) const FRAMESHIFT: Self = Self(1 << 7);
    pub(crate) const SPLICE_ACCEPTOR: Self = Self(1 << 8);
    pub(crate) const SPLICE_DONOR: Self = Self(1 << 9);
    pub(crate) const START_LOST: Self = Self(1 << 10);
    pub(crate) const SPLICE_REGION: Self = Self(1 << 11);
    pub(crate) const STOP_RETAINED: Self = Self(1 << 12);
    pub(crate) const UTR_5: Self = Self(1 << 13);
    pub(crate) const UTR_3: Self = Self(1 << 14);
    pub(crate) const NON_CODING: Self = Self(1 << 15);
    pub(crate) const INTRON: Self = Self(1 << 16);
    /// Indels that together keep frame and length.
    pub(crate) const INFRAME_ALTERING: Self = Self(1 << 18);
    /// A change earlier on the haplotype has stopped the protein already; written as `*` before the terms.
    pub(crate) const UPSTREAM_STOP: Self = Self(1 << 19);
    /// The coding sequence has no stop codon to lose; not written.
    pub(crate) const INCOMPLETE_CDS: Self = Self(1 << 20);
    pub(crate) const CODING_SEQUENCE: Self = Self(1 << 21);
    pub(crate) const FEATURE_ELONGATION: Self = Self(1 << 22);
    pub(crate) const START_RETAINED: Self = Self(1 << 23);

    /// What may come of several changes on one haplotype together.
    pub(crate) const COMPOUND: Self = Self(
        Self::SYNONYMOUS.0
            | Self::MISSENSE.0
            | Self::STOP_LOST.0
            | Self::STOP_GAINED.0
            | Self::INFRAME_DELETION.0
            | Self::INFRAME_INSERTION.0
            | Self::FRAMESHIFT.0
            | Self::START_LOST.0
            | Self::STOP_RETAINED.0
            | Self::INFRAME_ALTERING.0
            | Self::INCOMPLETE_CDS.0
            | Self::UPSTREAM_STOP.0
            | Self::START_RETAINED.0,
    );
    pub(crate) const INFRAME: Self =
        Self(Self::INFRAME_DELETION.0 | Self::INFRAME_INSERTION.0 | Self::INFRAME_ALTERING.0);
    pub(crate) const START_STOP: Self = Self(
        Self::STOP_LOST.0
            | Self::STOP_GAINED.0
            | Self::STOP_RETAINED.0
            | Self::START_LOST.0
            | Self::START_RETAINED.0,
    );
    pub(crate) const SPLICE_SITE: Self = Self(Self::SPLICE_ACCEPTOR.0 | Self::SPLICE_DONOR.0);
    pub(crate) const SPLICE: Self = Self(Self::SPLICE_SITE.0 | Self::SPLICE_REGION.0);
    const NO_TRANSCRIPT: Self = Self(Self::INTRON.0 | Self::NON_CODING.0);

    /// Whether both have a term in common.
    pub(crate) fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Whether all of `other` are in it.
    pub(crate) fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `bcftools csq` names the transcript with it.
    pub(crate) fn names_transcript(self) -> bool {
        !(self - Self::NO_TRANSCRIPT).is_empty()
    }

    /// Whether nothing more is said than that it lies within a transcript.
    pub(crate) fn is_intron_or_non_coding(self) -> bool {
        !self.is_empty() && !self.names_transcript()
    }

    /// Whether `bcftools csq` writes the strand with it.
    pub(crate) fn names_strand(self) -> bool {
        self.any(Self::COMPOUND) && !self.any(Self::SPLICE)
    }

    /// Without what says nothing beside other terms: a lost end of a coding sequence that has no such end, a missense
    /// beside a gained or lost start or stop, a splice region beside a splice site.
    pub(crate) fn settled(self) -> Self {
        let mut terms = self;
        let beside = Self::START_STOP | Self::INCOMPLETE_CDS | Self::UPSTREAM_STOP;
        if terms.any(Self::INCOMPLETE_CDS) && !(terms - beside).is_empty() {
            terms -= Self::START_STOP | Self::INCOMPLETE_CDS;
        }
        if terms.any(Self::START_STOP) {
            terms -= Self::MISSENSE;
        }
        terms
    }

    /// The terms as `bcftools csq` writes them, joined by `&`.
    pub(crate) fn bcftools(self) -> String {
        let stopped = if self.any(Self::UPSTREAM_STOP) { "*" } else { "" };
        let names: Vec<_> =
            NAMES.iter().filter(|name| self.any(name.term)).map(|name| name.bcftools).collect();
        format!("{stopped}{}", names.join("&"))
    }

    /// The terms of the Sequence Ontology, joined by `&`, gravest first (the order of Ensembl VEP). `in_exon` is asked
    /// for transcripts without a coding sequence.
    pub(crate) fn sequence_ontology(
        self,
        biotype: &str,
        in_exon: impl FnOnce() -> bool,
    ) -> Cow<'static, str> {
        let decays = biotype == "nonsense_mediated_decay";
        if !decays && self == Self::INTRON {
            return Cow::Borrowed("intron_variant");
        }
        if !decays && self == Self::NON_CODING {
            return Cow::Borrowed(if in_exon() {
                "non_coding_transcript_exon_variant"
            } else {
                "intron_variant&non_coding_transcript_variant"
            });
        }
        let mut names: Vec<(u8, &'static str)> = NAMES
            .iter()
            .filter(|name| self.any(name.term))
            .map(|name| (name.severity, name.ontology))
            .collect();
        if decays {
            names.push((22, "NMD_transcript_variant"));
        }
        names.sort_unstable();
        match names.as_slice() {
            [(_, name)] => Cow::Borrowed(name),
            _ => Cow::Owned(names.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join("&")),
        }
    }
}

impl BitOr for Terms {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Terms {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Terms {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Terms {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl SubAssign for Terms {
    fn sub_assign(&mut self, other: Self) {
        self.0 &= !other.0;
    }
}

struct Name {
    term: Terms,
    bcftools: &'static str,
    ontology: &'static str,
    /// Rank in VEP's table of consequences, gravest first
    /// (<https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html>).
    severity: u8,
}

const fn name(term: Terms, bcftools: &'static str, ontology: &'static str, severity: u8) -> Name {
    Name { term, bcftools, ontology, severity }
}

/// In the order in which `bcftools csq` writes them.
const NAMES: [Name; 20] = [
    name(Terms::SYNONYMOUS, "synonymous", "synonymous_variant", 16),
    name(Terms::MISSENSE, "missense", "missense_variant", 10),
    name(Terms::STOP_LOST, "stop_lost", "stop_lost", 5),
    name(Terms::STOP_GAINED, "stop_gained", "stop_gained", 3),
    name(Terms::INFRAME_DELETION, "inframe_deletion", "inframe_deletion", 9),
    name(Terms::INFRAME_INSERTION, "inframe_insertion", "inframe_insertion", 8),
    name(Terms::FRAMESHIFT, "frameshift", "frameshift_variant", 4),
    name(Terms::SPLICE_ACCEPTOR, "splice_acceptor", "splice_acceptor_variant", 1),
    name(Terms::SPLICE_DONOR, "splice_donor", "splice_donor_variant", 2),
    name(Terms::START_LOST, "start_lost", "start_lost", 6),
    name(Terms::SPLICE_REGION, "splice_region", "splice_region_variant", 12),
    name(Terms::STOP_RETAINED, "stop_retained", "stop_retained_variant", 15),
    name(Terms::UTR_5, "5_prime_utr", "5_prime_UTR_variant", 18),
    name(Terms::UTR_3, "3_prime_utr", "3_prime_UTR_variant", 19),
    name(Terms::NON_CODING, "non_coding", "non_coding_transcript_variant", 23),
    name(Terms::INTRON, "intron", "intron_variant", 21),
    name(Terms::INFRAME_ALTERING, "inframe_altering", "protein_altering_variant", 11),
    name(Terms::CODING_SEQUENCE, "coding_sequence", "coding_sequence_variant", 17),
    name(Terms::FEATURE_ELONGATION, "feature_elongation", "feature_elongation", 7),
    name(Terms::START_RETAINED, "start_retained", "start_retained_variant", 14),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let check = |terms: Terms, bcftools: &str, ontology: &str| {
            assert_eq!(terms.bcftools(), bcftools);
            assert_eq!(terms.sequence_ontology("protein_coding", || false), ontology);
        };
        check(Terms::MISSENSE, "missense", "missense_variant");
        check(
            Terms::SPLICE_REGION | Terms::SYNONYMOUS,
            "synonymous&splice_region",
            "splice_region_variant&synonymous_variant",
        );
        check(
            Terms::FRAMESHIFT | Terms::STOP_LOST,
            "stop_lost&frameshift",
            "frameshift_variant&stop_lost",
        );
        check(Terms::UPSTREAM_STOP | Terms::MISSENSE, "*missense", "missense_variant");
        check(Terms::NON_CODING, "non_coding", "intron_variant&non_coding_transcript_variant");
        assert_eq!(
            Terms::NON_CODING.sequence_ontology("lncRNA", || true),
            "non_coding_transcript_exon_variant"
        );
        assert_eq!(
            Terms::INTRON.sequence_ontology("nonsense_mediated_decay", || false),
            "intron_variant&NMD_transcript_variant"
        );
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        assert_eq!((Terms::MISSENSE | Terms::START_LOST).settled(), Terms::START_LOST);
        let incomplete = Terms::STOP_LOST | Terms::INCOMPLETE_CDS;
        assert_eq!((incomplete | Terms::SYNONYMOUS).settled(), Terms::SYNONYMOUS);
        assert_eq!(incomplete.settled(), incomplete);
    }
}
