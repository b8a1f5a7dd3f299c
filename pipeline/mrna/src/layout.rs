//! Where each part of a construct lies on its template.

use std::ops::Range;

use crate::construct::Construct;
use crate::profile::Profile;

/// What a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Promoter of the template, transcribed start included.
    Promoter,
    /// 5' untranslated region.
    Utr5,
    /// Bases before the start codon.
    Kozak,
    /// The signal peptide, or the bare start codon.
    Head,
    /// Between two antigens, or at an end.
    Linker,
    /// The antigen at this place of the construct's lists.
    Antigen(usize),
    /// Trafficking domain.
    Trafficking,
    /// Stop codons.
    Stop,
    /// One copy of the 3' untranslated region.
    Utr3,
    /// Poly(A) tail.
    PolyA,
}

/// A part on the template, 0-based bases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What it is.
    pub kind: Kind,
    /// Its name: of the profile's part, or of the antigen.
    pub name: String,
    /// Bases on the template, 0-based.
    pub range: Range<usize>,
}

/// Every part in the order of the template, gapless; parts of no length are left out. The lengths are those of the
/// profile and of the construct's lists: whether the template agrees is for the checks to say.
pub fn layout(construct: &Construct, profile: &Profile) -> Vec<Segment> {
    let mut layout = Layout::default();
    layout.dna(Kind::Promoter, &profile.promoter.name, &profile.promoter.sequence);
    layout.dna(Kind::Utr5, &profile.utr5.name, &profile.utr5.sequence);
    if let Some(kozak) = &profile.kozak {
        layout.dna(Kind::Kozak, &kozak.name, &kozak.sequence);
    }
    layout.protein(
        Kind::Head,
        profile.signal.as_ref().map_or("start", |part| &part.name),
        profile.head(),
    );
    for (at, linker) in construct.linkers.iter().enumerate() {
        layout.protein(Kind::Linker, linker_name(profile, linker), linker);
        if let (Some(gene), Some(peptide)) = (construct.genes.get(at), construct.peptides.get(at)) {
            layout.protein(Kind::Antigen(at), gene, peptide);
        }
    }
    if let Some(trafficking) = &profile.trafficking {
        layout.protein(Kind::Trafficking, &trafficking.name, &trafficking.sequence);
    }
    layout.dna(Kind::Stop, &profile.stop.name, &profile.stop.sequence);
    for _ in 0..profile.utr3_copies {
        layout.dna(Kind::Utr3, &profile.utr3.name, &profile.utr3.sequence);
    }
    layout.dna(Kind::PolyA, &profile.poly_a.name, &profile.poly_a.sequence);
    layout.segments
}

fn linker_name<'a>(profile: &'a Profile, linker: &str) -> &'a str {
    let known = profile.linkers.iter().find(|part| part.sequence == linker);
    known.map_or("linker", |part| &part.name)
}

#[derive(Default)]
struct Layout {
    segments: Vec<Segment>,
}

impl Layout {
    fn dna(&mut self, kind: Kind, name: &str, sequence: &str) {
        self.push(kind, name, sequence.len());
    }

    fn protein(&mut self, kind: Kind, name: &str, sequence: &str) {
        self.push(kind, name, 3 * sequence.len());
    }

    fn push(&mut self, kind: Kind, name: &str, length: usize) {
        let start = self.segments.last().map_or(0, |segment| segment.range.end);
        if length > 0 {
            let range = start..start + length;
            self.segments.push(Segment { kind, name: name.to_owned(), range });
        }
    }
}
