//! A folder of AGFusion 1.x: `GENE5_GENE3.fusion_transcripts.csv` with a row for each pair of transcripts, their proteins in
//! `GENE5_GENE3_protein.fa` (the junction at `*` with `--middlestar`) and their exons in `GENE5_GENE3.exons.csv`. `agfusion
//! batch` makes a folder of such folders.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::protein::{Joined, join};
use super::{
    Breakpoint, Fusion, FusionContent, FusionTool, NoProtein, RAGGED, Strand, bad, strand,
};
use crate::table::{Header, Lines, Refusal, TableError, present};

const EXPECTED: &str =
    "a folder of AGFusion 1.x, with *.fusion_transcripts.csv in it or in its folders";
const TABLE: &str = ".fusion_transcripts.csv";

const PAIR: Refusal = bad("5'_transcript", "fusion.gene", "expected two genes and two transcripts");
const EXON: Refusal = bad(
    "exon_start",
    "fusion.exon",
    "expected a contig, a first and a last base, the strand `+` or `-`, and which gene the exon is of",
);
const ORPHAN: Refusal = bad(
    "transcripts",
    "fusion.protein",
    "a protein of transcripts that the table of fusions does not have",
);

pub(super) fn read(folder: &Path, name: &str) -> Result<FusionContent, TableError> {
    let mut tables = Vec::new();
    find(folder, name, true, &mut tables)?;
    if tables.is_empty() {
        return Err(TableError::Unknown { file: name.to_owned(), expected: EXPECTED });
    }
    tables.sort();
    let mut content = FusionContent::default();
    let mut seen = HashSet::new();
    for (file, path) in tables {
        let base = (path.clone(), file.clone());
        let mut exons = exons(beside(&base, &[".exons.csv", ".exons.txt"]).as_ref(), &mut content)?;
        let mut proteins = proteins(beside(&base, &["_protein.fa"]).as_ref())?;
        let mut lines = Lines::open(&path, &file)?;
        let text = lines.header("##")?.unwrap_or_default();
        let header = Header::new(&text, ',', &file, lines.line);
        let columns = Columns::of(&header)?;
        while let Some(text) = lines.next()? {
            if text.trim().is_empty() {
                continue;
            }
            let cells: Vec<&str> = text.split(',').collect();
            let usable = cells.len() == header.names.len();
            let fusion = if usable { columns.pair(&cells) } else { Err(RAGGED) };
            let fusion = fusion.and_then(|pair| pair.fusion(&mut exons, &mut proteins));
            content.add(fusion, &mut seen, &file, lines.line);
        }
        for protein in proteins.into_values() {
            content.rows += 1;
            content.quarantined.push(ORPHAN.of("fusions", &protein.file, protein.line));
        }
    }
    Ok(content)
}

/// A file's name in messages, and where it is.
type Named = (String, PathBuf);

fn find(folder: &Path, name: &str, deeper: bool, found: &mut Vec<Named>) -> Result<(), TableError> {
    let failed = |source| TableError::from_io(name, 1, source);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() && deeper {
            find(&path, &name, false, found)?;
        } else if name.ends_with(TABLE) {
            found.push((name, path));
        }
    }
    Ok(())
}

/// The file with the same beginning of its name and one of `ends`, where there is one.
fn beside((path, file): &(PathBuf, String), ends: &[&str]) -> Option<Named> {
    let base = file.strip_suffix(TABLE)?;
    let stem = path.file_name()?.to_str()?.strip_suffix(TABLE)?;
    let named = |end: &&str| (format!("{base}{end}"), path.with_file_name(format!("{stem}{end}")));
    ends.iter().map(named).find(|(_, path)| path.exists())
}

/// A protein of the FASTA file.
struct Protein {
    sequence: String,
    file: String,
    line: i64,
}

/// By the pair of transcripts, `ENST00000305877-ENST00000318560`.
fn proteins(file: Option<&Named>) -> Result<BTreeMap<String, Protein>, TableError> {
    let mut proteins: BTreeMap<String, Protein> = BTreeMap::new();
    let Some((file, path)) = file else { return Ok(proteins) };
    let mut lines = Lines::open(path, file)?;
    let mut current = String::new();
    while let Some(text) = lines.next()? {
        if let Some(title) = text.strip_prefix('>') {
            let pair = title.split(", ").find_map(|part| part.strip_prefix("transcripts: "));
            current = pair.unwrap_or_default().trim().replace('_', "-");
            let (file, line) = (file.clone(), lines.line);
            proteins.insert(current.clone(), Protein { sequence: String::new(), file, line });
        } else if let Some(protein) = proteins.get_mut(&current) {
            protein.sequence.push_str(text.trim());
        }
    }
    Ok(proteins)
}

/// By the pair of transcripts: the breakpoints of the 5' and the 3' partner.
type Ends = BTreeMap<String, [Option<Breakpoint>; 2]>;

/// The exons are those of the fusion: the 5' partner's end at its breakpoint, the 3' partner's begin there.
fn exons(file: Option<&Named>, content: &mut FusionContent) -> Result<Ends, TableError> {
    let mut ends = Ends::new();
    let Some((file, path)) = file else { return Ok(ends) };
    let mut lines = Lines::open(path, file)?;
    let text = lines.header("##")?.unwrap_or_default();
    let separator = if text.contains('\t') { '\t' } else { ',' };
    let header = Header::new(&text, separator, file, lines.line);
    let require = |name| header.require(&[name], EXPECTED);
    let pair = [require("5'_transcript")?, require("3'_transcript")?];
    let strands = [require("5'_strand")?, require("3'_strand")?];
    let (source, contig) = (require("exon_gene_source")?, require("exon_chr")?);
    let (start, end) = (require("exon_start")?, require("exon_end")?);
    while let Some(text) = lines.next()? {
        let cells: Vec<&str> = text.split(separator).map(str::trim).collect();
        let exon = || {
            let source = cells.get(source)?;
            let side = ["'5 gene", "'3 gene"].iter().position(|side| side == source)?;
            let strand = strand(cells.get(strands[side])?)?;
            let position = |at: usize| cells.get(at)?.parse().ok().filter(|&pos: &u32| pos > 0);
            let bases = [position(start)?, position(end)?];
            let contig = present(cells.get(contig)?)?.to_owned();
            let pair = format!("{}-{}", cells.get(pair[0])?, cells.get(pair[1])?);
            Some((pair, side, Exon { contig, strand, bases }))
        };
        match exon() {
            Some((pair, side, exon)) => exon.extend(side, &mut ends.entry(pair).or_default()[side]),
            None if text.trim().is_empty() => {}
            None => {
                content.rows += 1;
                content.quarantined.push(EXON.of("fusions", file, lines.line));
            }
        }
    }
    Ok(ends)
}

struct Exon {
    contig: String,
    strand: Strand,
    bases: [u32; 2],
}

impl Exon {
    /// Moves the breakpoint of a side (0: the 5' partner) to this exon, if it is further towards the junction.
    fn extend(self, side: usize, known: &mut Option<Breakpoint>) {
        let highest = (self.strand == Strand::Forward) == (side == 0);
        let choose = |a: u32, b: u32| if highest { a.max(b) } else { a.min(b) };
        let here = choose(self.bases[0], self.bases[1]);
        let pos = known.as_ref().map_or(here, |known| choose(known.pos, here));
        *known = Some(Breakpoint { contig: self.contig, pos, strand: Some(self.strand) });
    }
}

/// Where the columns of the table of fusions are.
struct Columns {
    genes: [usize; 2],
    transcripts: [usize; 2],
    effect: usize,
}

/// A row of the table of fusions.
struct Pair {
    fusion: Fusion,
    transcripts: String,
    effect: String,
}

impl Columns {
    fn of(header: &Header<'_>) -> Result<Self, TableError> {
        let require = |name| header.require(&[name], EXPECTED);
        Ok(Self {
            genes: [require("5'_gene")?, require("3'_gene")?],
            transcripts: [require("5'_transcript")?, require("3'_transcript")?],
            effect: require("Fusion_effect")?,
        })
    }

    fn pair(&self, cells: &[&str]) -> Result<Pair, Refusal> {
        let [gene5, gene3] = self.genes.map(|at| present(cells[at]).ok_or(PAIR));
        let [transcript5, transcript3] = self.transcripts.map(|at| present(cells[at]).ok_or(PAIR));
        let mut fusion = Fusion::new(FusionTool::AgFusion, gene5?, gene3?);
        let (transcript5, transcript3) = (transcript5?, transcript3?);
        fusion.transcript5 = Some(transcript5.to_owned());
        fusion.transcript3 = Some(transcript3.to_owned());
        let transcripts = format!("{transcript5}-{transcript3}");
        Ok(Pair { fusion, transcripts, effect: cells[self.effect].trim().to_owned() })
    }
}

impl Pair {
    fn fusion(
        mut self,
        exons: &mut Ends,
        proteins: &mut BTreeMap<String, Protein>,
    ) -> Result<Fusion, Refusal> {
        [self.fusion.breakpoint5, self.fusion.breakpoint3] =
            exons.remove(&self.transcripts).unwrap_or_default();
        // `with mutation`: a codon across the junction. Other effects (`5UTR-CDS` ...) have no frame.
        let (in_frame, new_residues) = match self.effect.as_str() {
            "in-frame" => (Some(true), 0),
            "in-frame (with mutation)" => (Some(true), 1),
            "out-of-frame" => (Some(false), 0),
            _ => (None, 0),
        };
        let joined = match proteins.remove(&self.transcripts) {
            None => Err(NoProtein::NoPeptide),
            Some(protein) => at_star(&protein.sequence, new_residues)?,
        };
        self.fusion.set_protein(in_frame, joined);
        Ok(self.fusion)
    }
}

/// The first `*` is the junction: AGFusion cuts the protein before its stop.
fn at_star(sequence: &str, new_residues: usize) -> Result<Result<Joined, NoProtein>, Refusal> {
    match sequence.split_once('*') {
        Some((before, after)) => join(before, after, new_residues),
        None => Ok(Err(NoProtein::UnknownJunction)),
    }
}
