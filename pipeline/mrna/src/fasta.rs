//! Constructs as FASTA.

use std::fmt::Write;

use crate::construct::Construct;

const WIDTH: usize = 60;

/// One record a construct: the mRNA in RNA letters; the header names the construct, its rank, profile, way, and its
/// antigens in order.
pub fn fasta(constructs: &[Construct]) -> String {
    let mut text = String::new();
    for construct in constructs {
        let line = format!(
            ">{} rank={} profile={} length={} strategy=\"{}\" antigens={}",
            construct.construct_id,
            construct.rank,
            construct.profile,
            construct.length_nt,
            construct.strategy,
            construct.genes.join(",")
        );
        // Writing to a string cannot fail.
        _ = writeln!(text, "{line}");
        wrap(&mut text, &construct.mrna);
    }
    text
}

/// One record a construct: the coding sequence in DNA letters, start codon to stop codon(s).
pub fn coding_fasta(constructs: &[Construct]) -> String {
    let mut text = String::new();
    for construct in constructs {
        let (id, profile) = (&construct.construct_id, &construct.profile);
        _ = writeln!(
            text,
            ">{id}.cds profile={profile} length={}",
            construct.coding_sequence.len()
        );
        wrap(&mut text, &construct.coding_sequence);
    }
    text
}

fn wrap(text: &mut String, sequence: &str) {
    for at in (0..sequence.len()).step_by(WIDTH) {
        let end = sequence.len().min(at + WIDTH);
        _ = writeln!(text, "{}", &sequence[at..end]);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::design::tests::{Mild, antigens, designed};
    use crate::profile::Profile;

    #[test]
    fn a_record_a_construct() {
        let profile = Profile::built_in("inest").unwrap();
        let constructs = designed(antigens(2), &profile, &Mild).unwrap();
        let text = fasta(&constructs);
        let records: Vec<&str> = text.split('>').skip(1).collect();
        assert_eq!(records.len(), constructs.len());
        for (record, construct) in records.iter().zip(&constructs) {
            let (header, sequence) = record.split_once('\n').unwrap();
            assert!(
                header.starts_with(&construct.construct_id) && header.contains("antigens=KRAS"),
                "{header}"
            );
            assert_eq!(sequence.replace('\n', ""), construct.mrna);
            assert!(sequence.lines().all(|line| line.len() <= WIDTH));
        }
    }
}
