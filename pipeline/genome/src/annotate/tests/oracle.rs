//! Mutant proteins against another way to make them: the bases are changed, the exons joined, and codons read to the
//! first stop.

use std::borrow::Cow;

use super::super::{Options, alone};
use super::world::{EXON_1, EXON_2, annotated, forward, reference};
use crate::reference::{GeneticCode, reverse_complement, translate};

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn bases(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b"ACGT"[self.below(4)])).collect()
    }
}

/// A change of 1 to 4 bases of an exon's inside, as `(0-based place in the message, old, new)`.
fn change(random: &mut Random) -> (usize, String, String) {
    let message = format!("{EXON_1}{EXON_2}");
    let lengths = [(1, 1), (1, 1), (2, 2), (1, 2), (1, 4), (3, 1), (4, 1), (2, 5), (4, 2)];
    let (old, new) = lengths[random.below(lengths.len())];
    // Not the start codon, nor the stop, nor beside the exons' border.
    let place = if random.below(2) == 0 { 4 + random.below(17) } else { 34 + random.below(17) };
    let old = message[place..place + old].to_owned();
    let mut alternative = random.bases(new);
    while alternative == old {
        alternative = random.bases(new);
    }
    (place, old, alternative)
}

/// The protein of the message with changes that do not touch each other, last first.
fn expected(changes: &[(usize, String, String)]) -> String {
    let mut message = format!("{EXON_1}{EXON_2}GCTCGATAGACCTTGACCAA");
    for (place, old, new) in changes.iter().rev() {
        message.replace_range(place..&(place + old.len()), new);
    }
    let protein = translate(message.as_bytes(), GeneticCode::Standard);
    protein.split('*').next().unwrap().to_owned()
}

fn position(place: usize) -> usize {
    if place < EXON_1.len() { place + 21 } else { place - EXON_1.len() + 91 }
}

/// The same allele on the reverse contig.
fn turned(pos: usize, old: &str, new: &str) -> (usize, String, String) {
    let turn = |bases: &str| String::from_utf8(reverse_complement(bases.as_bytes())).unwrap();
    (forward().len() + 2 - pos - old.len(), turn(old), turn(new))
}

#[test]
fn single_changes_on_both_strands() {
    let mut random = Random(7);
    let reference = reference();
    for _ in 0..4000 {
        let (place, old, new) = change(&mut random);
        let wanted = expected(&[(place, old.clone(), new.clone())]);
        let pos = position(place);
        let (turned_pos, turned_old, turned_new) = turned(pos, &old, &new);
        let row = |chrom: &str, pos: usize, old: &str, new: &str| {
            let row = alone(&reference, chrom, pos as i64, old, new).unwrap().remove(0);
            let name = |name: Option<Cow<'_, str>>| {
                name.unwrap_or_else(|| panic!("{chrom}:{pos}:{old}:{new}"))[3..].to_owned()
            };
            let names = (name(row.hgvs_c), name(row.hgvs_p));
            let silent = row.wildtype_protein.unwrap().into_owned();
            (row.mutant_protein.map_or(silent, Cow::into_owned), names)
        };
        let found = row("F", pos, &old, &new);
        assert_eq!(found.0, wanted, "F:{pos}:{old}:{new}");
        assert_eq!(row("R", turned_pos, &turned_old, &turned_new), found, "F:{pos}:{old}:{new}");
    }
}

#[test]
fn several_changes_of_one_haplotype() {
    let mut random = Random(11);
    for _ in 0..400 {
        let mut changes: Vec<_> = (0..2 + random.below(3)).map(|_| change(&mut random)).collect();
        changes.sort();
        let mut end = 0;
        // An indel's first base must not be another's last: their order would be open.
        changes.retain(|(place, old, _)| {
            let apart = *place > end;
            if apart {
                end = place + old.len() + 1;
            }
            apart
        });
        let body: Vec<String> = changes
            .iter()
            .map(|(place, old, new)| format!("F {} . {old} {new} . . . GT 0|1", position(*place)))
            .collect();
        let outcome = annotated("FORMAT S", &body.join("\n"), &Options::default());
        let wanted = expected(&changes);
        for (place, row) in &outcome.rows {
            if let Some(mutant) = &row.mutant_protein {
                assert_eq!(*mutant, wanted, "{place} of {body:?}");
                let range = row.mutant_start.zip(row.mutant_end);
                assert!(range.is_none_or(|(start, end)| 1 <= start
                    && start <= end
                    && end as usize <= mutant.len()));
            }
        }
        if outcome.rows.iter().all(|(_, row)| row.mutant_protein.is_none()) {
            assert_eq!(wanted, super::world::PROTEIN, "{body:?}");
        }
    }
}
