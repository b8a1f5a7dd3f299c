//! Arriba's `fusions.tsv`. Its columns `fusion_transcript` and `read_identifiers` are not read.

use super::protein::join_at_bars;
use super::{Breakpoint, Fusion, FusionTool, NoProtein, bad, strand};
use crate::table::{Header, Refusal, TableError, present};

const EXPECTED: &str = "the fusions.tsv of Arriba 1.x or 2.x";
const GENE: Refusal = bad("gene1", "fusion.gene", "expected the names of two genes");
const READS: Refusal =
    bad("split_reads1", "fusion.reads", "expected numbers of reads, whole and from 0 on");
const BREAKPOINT: Refusal =
    bad("breakpoint1", "fusion.breakpoint", "expected two breakpoints as contig:position");
const FRAME: Refusal = bad(
    "reading_frame",
    "fusion.frame",
    "expected `in-frame`, `out-of-frame`, `stop-codon` or nothing",
);

/// Where the columns are; the first of a pair is the 5' partner's.
pub(super) struct Columns {
    genes: [usize; 2],
    strands: [Option<usize>; 2],
    breakpoints: [usize; 2],
    split_reads: [usize; 2],
    mates: usize,
    confidence: Option<usize>,
    ids: [Option<usize>; 2],
    transcripts: [Option<usize>; 2],
    frame: Option<usize>,
    peptide: Option<usize>,
}

impl Columns {
    pub(super) fn of(header: &Header<'_>) -> Result<Self, TableError> {
        let require = |name| header.require(&[name], EXPECTED);
        let find = |name| header.find(&[name]);
        Ok(Self {
            genes: [require("#gene1")?, require("gene2")?],
            strands: [find("strand1(gene/fusion)")?, find("strand2(gene/fusion)")?],
            breakpoints: [require("breakpoint1")?, require("breakpoint2")?],
            split_reads: [require("split_reads1")?, require("split_reads2")?],
            mates: require("discordant_mates")?,
            confidence: find("confidence")?,
            ids: [find("gene_id1")?, find("gene_id2")?],
            transcripts: [find("transcript_id1")?, find("transcript_id2")?],
            frame: find("reading_frame")?,
            peptide: find("peptide_sequence")?,
        })
    }

    pub(super) fn fusion(&self, cells: &[&str]) -> Result<Fusion, Refusal> {
        let cell = |at: Option<usize>| at.and_then(|at| present(cells[at]));
        let text = |at| cell(at).map(str::to_owned);
        let reads = |at: usize| cells[at].trim().parse::<u32>().map_err(|_| READS);
        let [gene5, gene3] = self.genes.map(|at| present(cells[at]));
        let mut fusion = Fusion::new(FusionTool::Arriba, gene5.ok_or(GENE)?, gene3.ok_or(GENE)?);
        [fusion.gene5_id, fusion.gene3_id] = self.ids.map(text);
        [fusion.transcript5, fusion.transcript3] = self.transcripts.map(text);
        fusion.confidence = text(self.confidence);
        let breakpoint = |side: usize| {
            let strands = cell(self.strands[side]);
            breakpoint(cells[self.breakpoints[side]], strands).map(Some)
        };
        fusion.breakpoint5 = breakpoint(0)?;
        fusion.breakpoint3 = breakpoint(1)?;
        let split = self.split_reads.map(reads);
        fusion.junction_reads = Some(split[0]?.checked_add(split[1]?).ok_or(READS)?);
        fusion.spanning_fragments = Some(reads(self.mates)?);
        let peptide = cell(self.peptide);
        let joined = match peptide {
            None => Err(NoProtein::NoPeptide),
            Some(peptide) => join_at_bars(peptide)?,
        };
        match cell(self.frame) {
            None => fusion.set_protein(None, joined),
            Some("in-frame") => fusion.set_protein(Some(true), joined),
            Some("out-of-frame") => fusion.set_protein(Some(false), joined),
            Some("stop-codon") => fusion.stopped(),
            Some(_) => return Err(FRAME),
        };
        Ok(fusion)
    }
}

/// `9:130835525`, and the strands `gene/transcribed`.
fn breakpoint(cell: &str, strands: Option<&str>) -> Result<Breakpoint, Refusal> {
    let (contig, pos) = cell.trim().rsplit_once(':').ok_or(BREAKPOINT)?;
    let pos = pos.parse().ok().filter(|&pos| pos > 0).ok_or(BREAKPOINT)?;
    let contig = present(contig).ok_or(BREAKPOINT)?.to_owned();
    let transcribed = strands.and_then(|strands| strands.rsplit('/').next());
    Ok(Breakpoint { contig, pos, strand: transcribed.and_then(strand) })
}
