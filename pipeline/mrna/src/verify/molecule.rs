//! Checks of the sequences themselves.

use super::Check;
use crate::construct::Construct;
use crate::layout::{Kind, Segment, layout};
use crate::motif::Motif;
use crate::profile::Profile;
use crate::sequence::reverse_complement;

/// The standard code in the order of NCBI's translation table 1: first, second, third base each in the order T, C, A, G.
const TABLE_1: &[u8; 64] = b"FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG";

/// A construct beside its profile.
pub(super) struct Molecule<'a> {
    construct: &'a Construct,
    profile: &'a Profile,
    template: &'a str,
    segments: Vec<Segment>,
}

impl<'a> Molecule<'a> {
    pub(super) fn new(construct: &'a Construct, profile: &'a Profile) -> Self {
        Self {
            construct,
            profile,
            template: construct.template.as_deref().unwrap_or_default(),
            segments: layout(construct, profile),
        }
    }

    pub(super) fn reading_frame(&self) -> Check {
        let coding = &self.construct.coding_sequence;
        let residues = translate(coding);
        let stops = self.profile.stop.sequence.len() / 3;
        let body = residues.trim_end_matches('*');
        let passed = coding.len().is_multiple_of(3)
            && coding.starts_with("ATG")
            && coding.ends_with(&self.profile.stop.sequence)
            && residues.len() == body.len() + stops
            && !body.contains(['*', '?']);
        let detail =
            format!("{} codons from ATG to {}", residues.len(), self.profile.stop.sequence);
        Check::new("reading frame", passed, detail)
    }

    pub(super) fn translation(&self) -> Check {
        let translated = translate(&self.construct.coding_sequence);
        let passed = translated.trim_end_matches('*') == self.construct.protein;
        Check::new("translation", passed, format!("{} residues", self.construct.protein.len()))
    }

    /// The protein is head, linkers, the antigens expected, each whole and in its place, and tail.
    pub(super) fn antigens(&self, expected: &[&str]) -> Check {
        let (construct, profile) = (self.construct, self.profile);
        let mut rest = construct.protein.strip_prefix(profile.head());
        for (linker, antigen) in construct.linkers.iter().zip(expected) {
            rest = rest.and_then(|rest| rest.strip_prefix(linker.as_str())?.strip_prefix(antigen));
        }
        let last = construct.linkers.last().map_or("", String::as_str);
        let end = rest.and_then(|rest| rest.strip_prefix(last));
        let counts = construct.linkers.len() == expected.len() + 1
            && construct.peptides == expected
            && construct.genes.len() == expected.len()
            && construct.peptide_count as usize == expected.len()
            && expected.len() <= profile.max_peptides;
        let passed = counts && end == Some(profile.tail());
        Check::new("antigens", passed, format!("{} expected, each whole, in order", expected.len()))
    }

    /// The template is the profile's parts around the coding sequence.
    pub(super) fn parts(&self) -> Check {
        let left: String =
            self.profile.left_parts().iter().map(|part| part.sequence.as_str()).collect();
        let right = self.profile.right_parts().into_iter().skip(1);
        let right: String = right.map(|part| part.sequence.as_str()).collect();
        let inner = self.template.strip_prefix(&left).and_then(|rest| rest.strip_suffix(&right));
        let passed = inner == Some(&self.construct.coding_sequence);
        Check::new("parts", passed, format!("template of {} bases", self.template.len()))
    }

    /// The mRNA is the template from the transcription start on, U for T, capped by the promoter's own first bases.
    pub(super) fn transcript(&self) -> Check {
        let untranscribed =
            self.profile.promoter.sequence.len() - self.profile.promoter_transcribed;
        let bases = self.template.chars().skip(untranscribed);
        let expected: String = bases.map(|base| if base == 'T' { 'U' } else { base }).collect();
        let passed =
            self.construct.mrna == expected && expected.len() == self.construct.length_nt as usize;
        Check::new("transcript", passed, format!("{} nt", self.construct.mrna.len()))
    }

    /// No forbidden motif on the whole template, but inside a part that is allowed to hold it.
    pub(super) fn motifs(&self) -> Check {
        let (mut failed, mut tolerated) = (Vec::new(), Vec::new());
        for motif in &self.profile.forbidden {
            for start in self.starts(motif) {
                let inside = self.part_at(start, start + motif.sequence.len());
                let place = format!("{} at base {}", motif.name, start + 1);
                match inside.filter(|segment| motif.allowed_in.contains(&segment.name)) {
                    Some(segment) => tolerated.push(format!("{place} in {}", segment.name)),
                    None => failed.push(place),
                }
            }
        }
        let seen = match (failed.is_empty(), tolerated.is_empty()) {
            (false, _) => failed.join(", "),
            (true, false) => format!("none but those allowed: {}", tolerated.join(", ")),
            (true, true) => "none on either strand".to_owned(),
        };
        Check::new("forbidden motifs", failed.is_empty(), seen)
    }

    /// Where a motif begins on the coding strand; the other strand is searched as a text of its own.
    fn starts(&self, motif: &Motif) -> Vec<usize> {
        let mut starts = find_all(self.template, &motif.sequence);
        if motif.both_strands {
            let other = find_all(&reverse_complement(self.template), &motif.sequence);
            let end = self.template.len() - motif.sequence.len().min(self.template.len());
            starts.extend(other.into_iter().map(|start| end - start));
        }
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    fn part_at(&self, start: usize, end: usize) -> Option<&Segment> {
        self.segments
            .iter()
            .find(|segment| segment.range.start <= start && end <= segment.range.end)
    }

    /// No run longer than allowed before the poly(A).
    pub(super) fn runs(&self) -> Check {
        let poly_a = self.template.len().saturating_sub(self.profile.poly_a.sequence.len());
        let (mut longest, mut too_long, mut run) = (0, Vec::new(), (' ', 0));
        for (at, base) in self.template.chars().take(poly_a).enumerate() {
            run = if run.0 == base { (base, run.1 + 1) } else { (base, 1) };
            longest = longest.max(run.1);
            if self.profile.longest_run.get(&base).is_some_and(|&limit| run.1 > limit) {
                too_long.push(format!("{} {base} up to base {}", run.1, at + 1));
            }
        }
        let detail = if too_long.is_empty() {
            format!("the longest is {longest}")
        } else {
            too_long.join(", ")
        };
        Check::new("runs of one base", too_long.is_empty(), detail)
    }

    pub(super) fn length(&self) -> Check {
        let (found, most) = (self.construct.mrna.len(), self.profile.max_length_nt);
        Check::new("length", found <= most, format!("{found} of at most {most} nt"))
    }

    /// Windows of the coding sequence; those of the fixed parts are as they are.
    pub(super) fn gc_windows(&self) -> Check {
        let limits = self.profile.limits.gc_window;
        let windows = self.construct.coding_sequence.as_bytes().windows(limits.length);
        let share = |window: &[u8]| {
            100 * window.iter().filter(|base| b"GC".contains(base)).count() / limits.length
        };
        let shares: Vec<usize> = windows.map(share).collect();
        let (low, high) = (shares.iter().min(), shares.iter().max());
        let (low, high) = (low.copied().unwrap_or(50), high.copied().unwrap_or(50));
        let detail = format!(
            "{low} to {high} % G and C in {} bases of the coding sequence, {} to {} % allowed",
            limits.length, limits.low, limits.high
        );
        Check::new("GC windows", low >= limits.low && high <= limits.high, detail)
    }

    pub(super) fn upstream_aug(&self) -> Check {
        let start = self.segments.iter().find(|segment| segment.kind == Kind::Head);
        let transcribed = self.profile.promoter.sequence.len() - self.profile.promoter_transcribed;
        let leader = start.and_then(|start| self.template.get(transcribed..start.range.start));
        let count = find_all(leader.unwrap_or_default(), "ATG").len();
        let most = self.profile.limits.upstream_aug;
        let detail = format!("{count} of at most {most} before the start codon");
        Check::new("upstream AUG", count <= most, detail)
    }
}

/// Residue by residue; `?` for what is no codon.
fn translate(dna: &str) -> String {
    let index = |base: &u8| b"TCAG".iter().position(|known| known == base);
    let residue = |codon: &[u8]| {
        let indices: Option<Vec<usize>> = codon.iter().map(index).collect();
        match indices.as_deref() {
            Some(&[a, b, c]) => char::from(TABLE_1[16 * a + 4 * b + c]),
            _ => '?',
        }
    };
    dna.as_bytes().chunks(3).map(residue).collect()
}

/// Every place where `pattern` begins in `text`, overlaps included.
fn find_all(text: &str, pattern: &str) -> Vec<usize> {
    let windows = text.as_bytes().windows(pattern.len()).enumerate();
    windows.filter(|(_, window)| *window == pattern.as_bytes()).map(|(start, _)| start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codon_tables_agree() {
        for residue in "*ACDEFGHIKLMNPQRSTVWY".chars() {
            for (codon, _) in crate::codon::synonyms(residue).into_iter().flatten() {
                assert_eq!(translate(codon), residue.to_string(), "{codon}");
            }
        }
        assert_eq!(translate("ATGNTGTG"), "M??");
    }
}
