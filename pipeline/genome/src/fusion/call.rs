//! A fusion as the rest of the pipeline sees calls: a breakend of VCF 4.3 with one consequence.

use std::borrow::Cow;
use std::ops::Range;

use super::{Breakpoint, Fusion, NoProtein};
use crate::reference::Strand;
use crate::windows::is_standard;
use crate::{Consequence, SomaticVariant};

/// In frame, the partners' residues side by side: only peptides with residues of both are new.
const IN_FRAME: &str = "fusion_inframe";
/// In frame, with residues between the partners that are neither's.
const INSERTION: &str = "fusion_insertion";
/// The 3' partner is read out of its frame.
const FRAMESHIFT: &str = "fusion_frameshift";
/// No protein is known.
const NO_PROTEIN: &str = "fusion";

impl Fusion {
    /// `GENE5::GENE3`, as HGNC names fusions (Bruford et al. 2021, Leukemia 35:3040-3043).
    pub fn name(&self) -> String {
        format!("{}::{}", self.gene5, self.gene3)
    }

    /// The call: the adjacency of the two breakpoints as a breakend at the 5' partner's (VCF 4.3, section 5.4), whose base is not
    /// known. Its reads are of RNA; the depth there is not told. Rows of one adjacency have one `variant_id`.
    pub fn call(&self) -> SomaticVariant {
        let (chrom, pos) = match &self.breakpoint5 {
            Some(breakpoint) => (breakpoint.contig.clone(), i64::from(breakpoint.pos)),
            None => (self.gene5.clone(), 0),
        };
        let alternative = match (&self.breakpoint5, &self.breakpoint3) {
            (Some(one), Some(other)) => breakend(one, other),
            _ => format!("<{}>", self.name()),
        };
        let low = self.confidence.as_deref() == Some("low");
        SomaticVariant {
            variant_id: format!("{chrom}:{pos}:N:{alternative}"),
            chrom,
            pos,
            ref_allele: "N".to_owned(),
            alt_allele: alternative,
            filter: if low { "low_confidence" } else { "PASS" }.to_owned(),
            rna_alt_reads: self.junction_reads.and_then(|reads| i32::try_from(reads).ok()),
            source_file: self.source_file.clone(),
            source_line: self.source_line,
            ..SomaticVariant::default()
        }
    }

    /// What it makes of its two transcripts. Where residues beside the junction are not known, the protein is the stretch
    /// of known ones around it.
    pub fn consequence(&self) -> Consequence<'static> {
        let text = |text: String| Some(Cow::Owned(text));
        let joined = |one: &Option<String>, other: &Option<String>| match (one, other) {
            (None, None) => String::new(),
            (one, other) => {
                let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "?".to_owned());
                format!("{}::{}", part(one), part(other))
            }
        };
        let mut row = Consequence {
            gene: Cow::Owned(self.name()),
            gene_id: Cow::Owned(joined(&self.gene5_id, &self.gene3_id)),
            transcript: Cow::Owned(joined(&self.transcript5, &self.transcript3)),
            biotype: Cow::Borrowed("protein_coding"),
            consequence: Cow::Borrowed("gene_fusion"),
            variant_class: Cow::Borrowed(NO_PROTEIN),
            protein_change: text(self.name()),
            ..Consequence::default()
        };
        match self.changed() {
            Ok((protein, class, changed)) => {
                row.variant_class = Cow::Borrowed(class);
                row.mutant_protein = text(protein);
                row.mutant_start = Some(changed.start as i32 + 1);
                row.mutant_end = Some(changed.end as i32);
                row.haplotype = text(self.call().variant_id);
            }
            Err(reason) => row.note = Some(Cow::Borrowed(reason)),
        }
        row
    }

    /// The protein of known residues around the junction, its class, and the changed residues (0-based); of partners side by
    /// side these are the two that became neighbours.
    fn changed(&self) -> Result<(String, &'static str, Range<usize>), &'static str> {
        let (Some(protein), Some(junction)) = (&self.protein, self.junction) else {
            return Err(self.no_protein.map_or("no protein is known", NoProtein::words));
        };
        let (junction, new) = (junction as usize - 1, self.new_residues as usize);
        let (class, changed) = match (self.frameshift, new) {
            (true, _) => (FRAMESHIFT, junction..protein.len()),
            (false, 0) => (IN_FRAME, junction.saturating_sub(1)..junction + 1),
            (false, new) => (INSERTION, junction..junction + new),
        };
        let residues = protein.as_bytes();
        let needed = match class {
            FRAMESHIFT => junction..junction + 1,
            _ => changed.clone(),
        };
        let known = |range: Range<usize>| {
            residues.get(range).is_some_and(|all| all.iter().copied().all(is_standard))
        };
        if (class == IN_FRAME && junction == 0) || !known(needed.clone()) {
            return Err("the residues at the junction are not known");
        }
        let unknown = |residue: &u8| !is_standard(*residue);
        let from = residues[..needed.start].iter().rposition(unknown).map_or(0, |at| at + 1);
        let to = residues[needed.end..].iter().position(unknown);
        let to = to.map_or(residues.len(), |at| needed.end + at);
        Ok((protein[from..to].to_owned(), class, changed.start - from..changed.end.min(to) - from))
    }
}

impl NoProtein {
    fn words(self) -> &'static str {
        match self {
            Self::SameGene => "both breakpoints lie in one gene",
            Self::UnknownFrame => "whether the partners are in frame is not known",
            Self::NoPeptide => "the caller gives no peptide",
            Self::StopBeforeJunction => "translation stops before the junction",
            Self::UnknownJunction => "the peptide does not show where the junction is",
        }
    }
}

/// ALT of the breakend: which side of each breakpoint is kept follows from the transcribed strands.
fn breakend(one: &Breakpoint, other: &Breakpoint) -> String {
    let place = format!("{}:{}", other.contig, other.pos);
    match (one.strand, other.strand) {
        (Some(Strand::Forward), Some(Strand::Forward)) => format!("N[{place}["),
        (Some(Strand::Forward), Some(Strand::Reverse)) => format!("N]{place}]"),
        (Some(Strand::Reverse), Some(Strand::Forward)) => format!("[{place}[N"),
        (Some(Strand::Reverse), Some(Strand::Reverse)) => format!("]{place}]N"),
        // The adjacency is known, the sides are not.
        _ => format!("<BND:{place}>"),
    }
}
