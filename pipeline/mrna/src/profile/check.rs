//! The checks that a profile passes when it is loaded.

use super::{Part, Profile, ProfileError, joined};
use crate::motif::{Occurrence, occurrences};
use crate::order::MOST_PEPTIDES;
use crate::sequence::{is_dna, odd_residue};

pub(super) fn check(file: &str, profile: &Profile) -> Result<(), ProfileError> {
    let check = Check { file, profile };
    check.numbers()?;
    check.dna()?;
    check.proteins()?;
    check.shapes()?;
    check.fixed_motifs()?;
    check.fixed_runs()
}

/// What keeps `text` from being DNA, in words.
fn not_dna(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let odd = text.chars().enumerate().find(|&(_, letter)| !"ACGT".contains(letter));
    let (place, letter) = odd.map_or((0, ' '), |(at, letter)| (at + 1, letter));
    let why = match (letter, text.contains('T')) {
        ('U', true) => ": T and U are mixed",
        ('U', false) => ": this is RNA, write T for U",
        (lower, _) if lower.is_ascii_lowercase() => ": write it in upper case",
        _ => "",
    };
    format!("'{letter}' at base {place}{why}")
}

struct Check<'a> {
    file: &'a str,
    profile: &'a Profile,
}

impl Check<'_> {
    fn ensure(
        &self,
        holds: bool,
        place: &str,
        found: &str,
        expected: &str,
    ) -> Result<(), ProfileError> {
        if holds {
            return Ok(());
        }
        Err(ProfileError::Value {
            file: self.file.to_owned(),
            place: place.to_owned(),
            found: found.to_owned(),
            expected: expected.to_owned(),
        })
    }

    fn within(
        &self,
        place: &str,
        value: usize,
        low: usize,
        high: usize,
    ) -> Result<(), ProfileError> {
        self.ensure(
            (low..=high).contains(&value),
            place,
            &value.to_string(),
            &format!("{low} to {high}"),
        )
    }

    fn numbers(&self) -> Result<(), ProfileError> {
        let profile = self.profile;
        let promoter = profile.promoter.sequence.len();
        self.within("max_peptides", profile.max_peptides, 1, MOST_PEPTIDES)?;
        self.within("max_length_nt", profile.max_length_nt, 300, 20_000)?;
        self.within("promoter_transcribed", profile.promoter_transcribed, 0, promoter)?;
        self.within("utr3_copies", profile.utr3_copies, 1, 4)?;
        self.within("molecules", profile.molecules, 1, 2)?;
        self.limits()?;
        for (&base, &longest) in &profile.longest_run {
            self.ensure(
                "ACGT".contains(base),
                "longest_run",
                &base.to_string(),
                "one of A, C, G, T",
            )?;
            self.within("longest_run", longest, 2, 100)?;
        }
        Ok(())
    }

    fn limits(&self) -> Result<(), ProfileError> {
        let limits = &self.profile.limits;
        let window = limits.gc_window;
        self.within("limits.gc_window.length", window.length, 20, 500)?;
        self.within("limits.gc_window.high", window.high, 0, 100)?;
        self.within("limits.gc_window.low", window.low, 0, window.high)?;
        self.within("limits.longest_helix", limits.longest_helix, 10, 1000)?;
        let found = limits.start_unpaired;
        let expected = "0 to 1";
        self.ensure(
            (0.0..=1.0).contains(&found),
            "limits.start_unpaired",
            &found.to_string(),
            expected,
        )
    }

    fn dna(&self) -> Result<(), ProfileError> {
        let profile = self.profile;
        let expected = "upper-case A, C, G, T, at least one";
        for part in profile.left_parts().into_iter().chain(profile.right_parts()) {
            let text = &part.sequence;
            let dna = !text.is_empty() && is_dna(text);
            self.ensure(dna, &part.name, &not_dna(text), expected)?;
        }
        for motif in &profile.forbidden {
            let dna = motif.sequence.len() >= 4 && is_dna(&motif.sequence);
            self.ensure(dna, &motif.name, &motif.sequence, "upper-case A, C, G, T, at least four")?;
        }
        Ok(())
    }

    fn proteins(&self) -> Result<(), ProfileError> {
        let profile = self.profile;
        let ends = profile.signal.iter().chain(&profile.trafficking);
        for part in profile.linkers.iter().chain(ends) {
            if let Some((at, letter)) = odd_residue(&part.sequence) {
                let found = format!("'{letter}' at residue {}", at + 1);
                self.ensure(false, &part.name, &found, "the 20 standard residues")?;
            }
        }
        Ok(())
    }

    fn shapes(&self) -> Result<(), ProfileError> {
        let profile = self.profile;
        let empty = |part: &Part| part.sequence.is_empty();
        let none_first = profile.linkers.iter().position(empty) == Some(0);
        let once = profile.linkers.iter().filter(|part| empty(part)).count() == 1;
        let expected =
            "a first entry with an empty sequence, for no linker, and no other such entry";
        self.ensure(none_first && once, "linkers", "another list", expected)?;
        let head = profile.head();
        self.ensure(head.starts_with('M'), "signal", "another first residue", "M")?;
        let stop = &profile.stop.sequence;
        let is_stop =
            |codon: &[u8]| [b"TAA", b"TAG", b"TGA"].iter().any(|stop| stop.as_slice() == codon);
        let stops = stop.as_bytes().chunks(3).all(is_stop);
        self.ensure(stops, "stop", stop, "TAA, TAG or TGA, once or more")?;
        self.known_names()
    }

    /// Every part that a motif is allowed in exists.
    fn known_names(&self) -> Result<(), ProfileError> {
        let parts = [self.profile.left_parts(), self.profile.right_parts()].concat();
        for motif in &self.profile.forbidden {
            for name in &motif.allowed_in {
                let known = parts.iter().any(|part| part.name == *name);
                let place = format!("allowed_in of {}", motif.name);
                self.ensure(known, &place, name, "the name of a fixed DNA part")?;
            }
        }
        Ok(())
    }

    /// The fixed DNA on either side of the protein, joined as it will stand: a motif that lies in one part and is
    /// allowed there is taken, any other is not.
    fn fixed_motifs(&self) -> Result<(), ProfileError> {
        for parts in [self.profile.left_parts(), self.profile.right_parts()] {
            for found in occurrences(&joined(&parts), &self.profile.forbidden) {
                let (touched, _) = touched(&parts, &found);
                match touched.as_slice() {
                    [part] if found.motif.allowed_in.contains(&part.name) => {}
                    _ => return Err(self.in_part(&parts, &found)),
                }
            }
        }
        Ok(())
    }

    /// Runs in the fixed DNA, the poly(A) left out.
    fn fixed_runs(&self) -> Result<(), ProfileError> {
        let mut right = self.profile.right_parts();
        right.pop();
        let runs = self.profile.runs();
        for parts in [self.profile.left_parts(), right] {
            if let Some(found) = occurrences(&joined(&parts), &runs).first() {
                return Err(self.in_part(&parts, found));
            }
        }
        Ok(())
    }

    fn in_part(&self, parts: &[&Part], found: &Occurrence) -> ProfileError {
        let (touched, offset) = touched(parts, found);
        let names: Vec<&str> = touched.iter().map(|part| part.name.as_str()).collect();
        ProfileError::MotifInPart {
            file: self.file.to_owned(),
            motif: found.motif.name.clone(),
            part: names.join(" and "),
            first: offset + 1,
            last: offset + found.end - found.start,
        }
    }
}

/// A line for each forbidden motif that a fixed part is allowed to hold.
pub(super) fn tolerated(profile: &Profile) -> Vec<String> {
    let mut parts = profile.left_parts();
    parts.extend([&profile.stop, &profile.utr3, &profile.poly_a]);
    let note = |part: &Part, found: &Occurrence| {
        let (motif, first, last) = (&found.motif.name, found.start + 1, found.end);
        format!("{} holds {motif}, bases {first} to {last} of it", part.name)
    };
    let notes_of = |part: &Part| {
        let found = occurrences(&part.sequence, &profile.forbidden);
        found.iter().map(|found| note(part, found)).collect::<Vec<_>>()
    };
    parts.into_iter().flat_map(notes_of).collect()
}

/// The parts that an occurrence lies on, and where it begins from the first base of the first of them.
fn touched<'a>(parts: &[&'a Part], found: &Occurrence) -> (Vec<&'a Part>, usize) {
    let (mut touched, mut offset, mut at) = (Vec::new(), 0, 0);
    for part in parts {
        let next = at + part.sequence.len();
        if at < found.end && found.start < next {
            if touched.is_empty() {
                offset = found.start - at;
            }
            touched.push(*part);
        }
        at = next;
    }
    (touched, offset)
}

#[cfg(test)]
mod tests;
