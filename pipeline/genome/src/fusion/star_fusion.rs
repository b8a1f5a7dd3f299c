//! `star-fusion.fusion_predictions.tsv`, abridged or not, and with the coding effect (`--examine_coding_effect`).

use super::protein::{Joined, join};
use super::{Breakpoint, Fusion, FusionTool, NoProtein, bad, strand};
use crate::table::{Header, Refusal, TableError, present};

const EXPECTED: &str = "the predictions of STAR-Fusion 1.x";
const READS: Refusal =
    bad("JunctionReadCount", "fusion.reads", "expected numbers of reads, whole and from 0 on");
const GENE: Refusal = bad("LeftGene", "fusion.gene", "expected two genes as SYMBOL^IDENTIFIER");
const BREAKPOINT: Refusal = bad(
    "LeftBreakpoint",
    "fusion.breakpoint",
    "expected two breakpoints as contig:position:strand",
);

/// Where the columns are.
pub(super) struct Columns {
    junction_reads: usize,
    spanning: usize,
    left_gene: usize,
    left: usize,
    right_gene: usize,
    right: usize,
    left_id: Option<usize>,
    left_range: Option<usize>,
    right_id: Option<usize>,
    frame: Option<usize>,
    coding: Option<usize>,
    peptide: Option<usize>,
}

impl Columns {
    pub(super) fn of(header: &Header<'_>) -> Result<Self, TableError> {
        Ok(Self {
            junction_reads: header.require(&["JunctionReadCount"], EXPECTED)?,
            spanning: header.require(&["SpanningFragCount"], EXPECTED)?,
            left_gene: header.require(&["LeftGene"], EXPECTED)?,
            left: header.require(&["LeftBreakpoint"], EXPECTED)?,
            right_gene: header.require(&["RightGene"], EXPECTED)?,
            right: header.require(&["RightBreakpoint"], EXPECTED)?,
            left_id: header.find(&["CDS_LEFT_ID"])?,
            left_range: header.find(&["CDS_LEFT_RANGE"])?,
            right_id: header.find(&["CDS_RIGHT_ID"])?,
            frame: header.find(&["PROT_FUSION_TYPE"])?,
            coding: header.find(&["FUSION_CDS"])?,
            peptide: header.find(&["FUSION_TRANSL"])?,
        })
    }

    pub(super) fn fusion(&self, cells: &[&str]) -> Result<Fusion, Refusal> {
        let cell = |at: Option<usize>| at.and_then(|at| present(cells[at]));
        let reads = |at: usize| cells[at].trim().parse().map_err(|_| READS);
        let (gene5, gene5_id) = gene(cells[self.left_gene])?;
        let (gene3, gene3_id) = gene(cells[self.right_gene])?;
        let mut fusion = Fusion::new(FusionTool::StarFusion, gene5, gene3);
        fusion.gene5_id = gene5_id.map(str::to_owned);
        fusion.gene3_id = gene3_id.map(str::to_owned);
        fusion.breakpoint5 = Some(breakpoint(cells[self.left])?);
        fusion.breakpoint3 = Some(breakpoint(cells[self.right])?);
        fusion.junction_reads = Some(reads(self.junction_reads)?);
        fusion.spanning_fragments = Some(reads(self.spanning)?);
        fusion.transcript5 = cell(self.left_id).map(str::to_owned);
        fusion.transcript3 = cell(self.right_id).map(str::to_owned);
        let in_frame = match cell(self.frame) {
            Some("INFRAME") => Some(true),
            Some("FRAMESHIFT") => Some(false),
            _ => None,
        };
        let joined = match cell(self.peptide) {
            None => Err(NoProtein::NoPeptide),
            Some(peptide) => {
                protein(peptide, left_bases(cell(self.coding), cell(self.left_range)))?
            }
        };
        fusion.set_protein(in_frame, joined);
        Ok(fusion)
    }
}

/// Coding bases of the 5' partner: lower case in the sequence, or the end of the range that begins with 1.
fn left_bases(coding: Option<&str>, range: Option<&str>) -> Option<usize> {
    match coding {
        Some(coding) => Some(coding.bytes().take_while(u8::is_ascii_lowercase).count()),
        None => range?.split_once('-')?.1.parse().ok(),
    }
}

/// A codon with bases of both partners is new.
fn protein(peptide: &str, left: Option<usize>) -> Result<Result<Joined, NoProtein>, Refusal> {
    let Some(left) = left else {
        return Ok(Err(NoProtein::UnknownJunction));
    };
    match peptide.split_at_checked(left / 3) {
        Some((before, after)) => join(before, after, usize::from(left % 3 != 0)),
        None => Ok(Err(NoProtein::StopBeforeJunction)),
    }
}

/// `SYMBOL^IDENTIFIER`.
fn gene(cell: &str) -> Result<(&str, Option<&str>), Refusal> {
    let cell = present(cell).ok_or(GENE)?;
    Ok(cell.split_once('^').map_or((cell, None), |(symbol, id)| (symbol, present(id))))
}

/// `chr17:15545785:-`.
fn breakpoint(cell: &str) -> Result<Breakpoint, Refusal> {
    let mut parts = cell.trim().rsplitn(3, ':');
    let (strand_of, pos, contig) = (parts.next(), parts.next(), parts.next());
    let pos = pos.and_then(|pos| pos.parse().ok()).filter(|&pos| pos > 0).ok_or(BREAKPOINT)?;
    let contig = contig.and_then(present).ok_or(BREAKPOINT)?.to_owned();
    let strand = Some(strand_of.and_then(strand).ok_or(BREAKPOINT)?);
    Ok(Breakpoint { contig, pos, strand })
}
