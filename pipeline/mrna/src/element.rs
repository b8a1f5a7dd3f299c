//! The parts of a construct as rows: where each lies, what it is, where it comes from, how certain that is.

use serde::{Deserialize, Serialize};

use crate::construct::Construct;
use crate::layout::{Kind, layout};
use crate::profile::{Part, Profile};

/// One part of a construct.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConstructElement {
    /// The construct.
    pub construct_id: String,
    /// Place in the order of the template, from 1.
    pub ordinal: i32,
    /// `promoter`, `utr5`, `kozak`, `signal`, `start`, `linker`, `antigen`, `trafficking`, `stop`, `utr3` or `poly_a`.
    pub kind: String,
    /// Name of the part, or gene of the antigen.
    pub name: String,
    /// First base on the template, 1-based.
    pub template_start: i32,
    /// Last base on the template.
    pub template_end: i32,
    /// First base on the mRNA, 1-based; none where no base is transcribed.
    pub mrna_start: Option<i32>,
    /// Last base on the mRNA.
    pub mrna_end: Option<i32>,
    /// DNA letters on the template.
    pub sequence: String,
    /// Residues that it encodes.
    pub protein: Option<String>,
    /// Where the sequence was published or deposited; for an antigen or its codons, that it was designed.
    pub source: String,
    /// How certain that is.
    pub certainty: String,
}

/// Every part of a construct in the order of its template.
pub fn elements(construct: &Construct, profile: &Profile) -> Vec<ConstructElement> {
    let template = construct.template.as_deref().unwrap_or_default();
    let mut residue = 0;
    let row = |(at, segment): (usize, crate::layout::Segment)| {
        let (kind, part, coding) = origin(profile, &segment.kind, &segment.name);
        let range = segment.range;
        let length = if coding { range.len() / 3 } else { 0 };
        let protein = construct.protein.get(residue..residue + length);
        residue += length;
        let first = profile.untranscribed();
        let transcribed = range.end > first;
        let designed = ("the patient's mutation", "designed");
        let (source, certainty) =
            part.map_or(designed, |part| (part.source.as_str(), part.certainty.as_str()));
        ConstructElement {
            construct_id: construct.construct_id.clone(),
            ordinal: at as i32 + 1,
            kind: kind.to_owned(),
            name: segment.name,
            template_start: range.start as i32 + 1,
            template_end: range.end as i32,
            mrna_start: transcribed.then(|| range.start.saturating_sub(first) as i32 + 1),
            mrna_end: transcribed.then(|| (range.end - first) as i32),
            sequence: template.get(range).unwrap_or_default().to_owned(),
            protein: protein.filter(|_| coding).map(str::to_owned),
            source: source.to_owned(),
            certainty: certainty.to_owned(),
        }
    };
    layout(construct, profile).into_iter().enumerate().map(row).collect()
}

/// What a segment is called, the part of the profile that it is, and whether it encodes residues.
fn origin<'a>(
    profile: &'a Profile,
    kind: &Kind,
    name: &str,
) -> (&'static str, Option<&'a Part>, bool) {
    match kind {
        Kind::Promoter => ("promoter", Some(&profile.promoter), false),
        Kind::Utr5 => ("utr5", Some(&profile.utr5), false),
        Kind::Kozak => ("kozak", profile.kozak.as_ref(), false),
        Kind::Head if profile.signal.is_none() => ("start", Some(START.get_or_init(start)), true),
        Kind::Head => ("signal", profile.signal.as_ref(), true),
        Kind::Linker => ("linker", profile.linkers.iter().find(|part| part.name == name), true),
        Kind::Antigen(_) => ("antigen", None, true),
        Kind::Trafficking => ("trafficking", profile.trafficking.as_ref(), true),
        Kind::Stop => ("stop", Some(&profile.stop), false),
        Kind::Utr3 => ("utr3", Some(&profile.utr3), false),
        Kind::PolyA => ("poly_a", Some(&profile.poly_a), false),
    }
}

static START: std::sync::OnceLock<Part> = std::sync::OnceLock::new();

/// The bare start codon of a profile without signal peptide.
fn start() -> Part {
    Part {
        name: "start".to_owned(),
        sequence: "M".to_owned(),
        source: "standard genetic code".to_owned(),
        certainty: "certain".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::design::tests::{antigens, designed};
    use crate::joint::tests::ByText;

    #[test]
    fn the_parts_are_the_whole_molecule() {
        for (name, signal) in [("inest", true), ("cov", true), ("cov", false)] {
            let mut profile = Profile::built_in(name).unwrap();
            profile.signal = profile.signal.filter(|_| signal);
            for construct in designed(antigens(5), &profile, &ByText).unwrap() {
                let rows = elements(&construct, &profile);
                let whole: String = rows.iter().map(|row| row.sequence.as_str()).collect();
                assert_eq!(Some(whole), construct.template);
                let protein: String =
                    rows.iter().filter_map(|row| row.protein.as_deref()).collect();
                assert_eq!(protein, construct.protein);
                assert_eq!(rows.last().unwrap().mrna_end, Some(construct.length_nt));
                assert!(rows.iter().all(|row| !row.source.is_empty() && !row.certainty.is_empty()));
                let mut end = 0;
                for row in &rows {
                    if let (Some(start), Some(stop)) = (row.mrna_start, row.mrna_end) {
                        assert_eq!(start, end + 1);
                        end = stop;
                    }
                }
            }
        }
    }
}
