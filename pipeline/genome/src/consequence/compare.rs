//! Where two sets of consequences of one allele disagree: VEP's and those of the reference.

use std::collections::{BTreeMap, BTreeSet};

use super::Consequence;

/// What of a row is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The set of Sequence Ontology terms.
    Terms,
    /// The protein change in short form.
    ProteinChange,
    /// The mutant protein.
    MutantProtein,
}

impl What {
    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terms => "consequence",
            Self::ProteinChange => "protein_change",
            Self::MutantProtein => "mutant_protein",
        }
    }
}

/// One thing that is told in two ways; a value that is not there is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Transcript, as the annotation names it.
    pub transcript: String,
    /// What differs.
    pub what: What,
    /// The annotation's value.
    pub annotated: String,
    /// The value from the reference.
    pub computed: String,
}

/// How the rows of one allele, or of many, compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Transcripts of which all is told alike.
    pub agreeing: u64,
    /// Transcripts of which something is not.
    pub differing: u64,
    /// Transcripts of the annotation alone.
    pub only_annotated: u64,
    /// Transcripts of the reference alone.
    pub only_computed: u64,
    /// By transcript, then by what differs.
    pub disagreements: Vec<Disagreement>,
}

impl Comparison {
    /// Adds the comparison of another allele.
    pub fn add(&mut self, other: Self) {
        self.agreeing += other.agreeing;
        self.differing += other.differing;
        self.only_annotated += other.only_annotated;
        self.only_computed += other.only_computed;
        self.disagreements.extend(other.disagreements);
    }
}

/// Compares the rows of one allele, lined up by transcript whatever the version. Of several rows of the reference for one
/// transcript, a haplotype each, the one that agrees best counts. What the annotation does not say (VEP without `--hgvs`,
/// or without plugins) is not compared; rows without transcript are left aside.
pub fn compare(annotated: &[Consequence<'_>], computed: &[&Consequence<'_>]) -> Comparison {
    let mut ours: BTreeMap<&str, Vec<&Consequence<'_>>> = BTreeMap::new();
    for row in computed {
        ours.entry(unversioned(&row.transcript)).or_default().push(row);
    }
    ours.remove("");
    let theirs: BTreeMap<&str, &Consequence<'_>> =
        annotated.iter().map(|row| (unversioned(&row.transcript), row)).collect();
    let mut comparison = Comparison::default();
    for (transcript, row) in theirs.into_iter().filter(|(transcript, _)| !transcript.is_empty()) {
        let Some(candidates) = ours.remove(transcript) else {
            comparison.only_annotated += 1;
            continue;
        };
        let found = candidates.iter().map(|own| disagreements(row, own)).min_by_key(Vec::len);
        let found = found.unwrap_or_default();
        if found.is_empty() {
            comparison.agreeing += 1;
        } else {
            comparison.differing += 1;
            comparison.disagreements.extend(found);
        }
    }
    comparison.only_computed = ours.len() as u64;
    comparison
}

fn unversioned(transcript: &str) -> &str {
    transcript.split('.').next().unwrap_or(transcript)
}

fn disagreements(annotated: &Consequence<'_>, computed: &Consequence<'_>) -> Vec<Disagreement> {
    let terms = |row: &Consequence<'_>| {
        row.consequence.split('&').map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let mut found = Vec::new();
    let mut add = |what, annotated_value: &str, computed_value: &str| {
        found.push(Disagreement {
            transcript: annotated.transcript.clone().into_owned(),
            what,
            annotated: annotated_value.to_owned(),
            computed: computed_value.to_owned(),
        });
    };
    if terms(annotated) != terms(computed) {
        add(What::Terms, &annotated.consequence, &computed.consequence);
    }
    let texts = [
        (What::ProteinChange, &annotated.protein_change, &computed.protein_change),
        (What::MutantProtein, &annotated.mutant_protein, &computed.mutant_protein),
    ];
    for (what, theirs, ours) in texts {
        let ours = ours.as_deref().unwrap_or_default();
        if let Some(theirs) = theirs.as_deref().filter(|theirs| *theirs != ours) {
            add(what, theirs, ours);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::slice::from_ref;

    use super::*;

    fn row(transcript: &str, terms: &str, change: &str, protein: &str) -> Consequence<'static> {
        let text = |text: &str| {
            let text = Some(text.to_owned()).filter(|text| !text.is_empty());
            text.map(Cow::Owned)
        };
        Consequence {
            transcript: Cow::Owned(transcript.to_owned()),
            consequence: Cow::Owned(terms.to_owned()),
            protein_change: text(change),
            mutant_protein: text(protein),
            ..Consequence::default()
        }
    }

    fn check(
        annotated: &[Consequence<'_>],
        computed: &[Consequence<'_>],
        counts: [u64; 4],
        found: &[&str],
    ) {
        let compared = compare(annotated, &computed.iter().collect::<Vec<_>>());
        let Comparison { agreeing, differing, only_annotated, only_computed, disagreements } =
            compared;
        assert_eq!([agreeing, differing, only_annotated, only_computed], counts);
        let texts: Vec<String> = disagreements
            .iter()
            .map(|one| {
                format!("{} {} {}|{}", one.transcript, one.what.name(), one.annotated, one.computed)
            })
            .collect();
        assert_eq!(texts, found);
    }

    #[test]
    fn transcripts_are_lined_up_whatever_their_version() {
        let missense = |id| row(id, "missense_variant", "p.G12D", "MTED");
        check(&[missense("T1.2")], &[missense("T1.3")], [1, 0, 0, 0], &[]);
        check(&[missense("T1"), missense("T2")], &[missense("T1.3")], [1, 0, 1, 0], &[]);
        check(&[missense("T1")], &[missense("T1"), missense("T9")], [1, 0, 0, 1], &[]);
        let elsewhere = row("", "intergenic_variant", "", "");
        check(from_ref(&elsewhere), from_ref(&elsewhere), [0, 0, 0, 0], &[]);
    }

    #[test]
    fn each_thing_that_differs_is_listed() {
        let theirs = row("T1.2", "splice_region_variant&missense_variant", "p.G12D", "MTED");
        let reordered = row("T1", "missense_variant&splice_region_variant", "p.G12D", "MTED");
        check(from_ref(&theirs), &[reordered], [1, 0, 0, 0], &[]);
        check(
            from_ref(&theirs),
            &[row("T1", "missense_variant", "p.G12V", "")],
            [0, 1, 0, 0],
            &[
                "T1.2 consequence splice_region_variant&missense_variant|missense_variant",
                "T1.2 protein_change p.G12D|p.G12V",
                "T1.2 mutant_protein MTED|",
            ],
        );
        // What the annotation does not say.
        let terms_only = row("T1.2", "missense_variant", "", "");
        check(&[terms_only], &[row("T1", "missense_variant", "p.G12D", "M")], [1, 0, 0, 0], &[]);
    }

    #[test]
    fn the_haplotype_that_agrees_best_counts() {
        let theirs = row("T1", "missense_variant", "p.G12D", "MTED");
        let together = row("T1", "missense_variant", "p.G12_K13delinsDE", "MTEDE");
        check(from_ref(&theirs), &[together, theirs.clone()], [1, 0, 0, 0], &[]);
    }
}
