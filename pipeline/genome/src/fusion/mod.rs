//! Gene fusions and the peptides across their junctions: STAR-Fusion
//! (<https://github.com/STAR-Fusion/STAR-Fusion/wiki>), Arriba (<https://arriba.readthedocs.io/en/latest/output-files/>) and
//! AGFusion (a folder, <https://github.com/murphycj/AGFusion>), plain or gzip.
//!
//! A table is known by its header. A fusion of which no protein is known stays, with the reason. Names of reads are never kept.

mod agfusion;
mod arriba;
mod call;
mod protein;
mod star_fusion;

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::Path;

use serde::Serialize;

use crate::Quarantined;
use crate::reference::Strand;
use crate::table::{Header, Lines, Refusal, TableError};
use crate::windows::{PeptideWindow, windows};
use protein::Joined;

/// The program that called a fusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum FusionTool {
    /// STAR-Fusion.
    StarFusion,
    /// Arriba.
    Arriba,
    /// AGFusion, which annotates the calls of others.
    AgFusion,
}

/// The last base of the 5' partner, or the first of the 3' partner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Breakpoint {
    /// Contig as in the file.
    pub contig: String,
    /// 1-based.
    pub pos: u32,
    /// The strand that is transcribed, where it is known.
    pub strand: Option<Strand>,
}

/// Why a fusion has no protein.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum NoProtein {
    /// Both breakpoints lie in one gene.
    SameGene,
    /// The program does not say whether the partners are in frame.
    UnknownFrame,
    /// The program gives no peptide.
    NoPeptide,
    /// Translation stops before the junction.
    StopBeforeJunction,
    /// The peptide does not show where the junction is (AGFusion without `--middlestar`).
    UnknownJunction,
}

/// One fusion of two transcripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fusion {
    /// Symbol of the gene at the 5' end; of two neighbours of a breakpoint between genes, as Arriba names them.
    pub gene5: String,
    /// Symbol of the gene at the 3' end.
    pub gene3: String,
    /// Identifier of the gene at the 5' end.
    pub gene5_id: Option<String>,
    /// Identifier of the gene at the 3' end.
    pub gene3_id: Option<String>,
    /// Last base of the 5' partner.
    pub breakpoint5: Option<Breakpoint>,
    /// First base of the 3' partner.
    pub breakpoint3: Option<Breakpoint>,
    /// Who called it.
    pub tool: FusionTool,
    /// Whether the 3' partner is read in its own frame; `None` where that is not known.
    pub in_frame: Option<bool>,
    /// Reads across the junction.
    pub junction_reads: Option<u32>,
    /// Fragments with a read on each side.
    pub spanning_fragments: Option<u32>,
    /// Arriba's `low`, `medium` or `high`.
    pub confidence: Option<String>,
    /// Transcript at the 5' end.
    pub transcript5: Option<String>,
    /// Transcript at the 3' end.
    pub transcript3: Option<String>,
    /// Residues up to the first stop, from the start codon or from where the program's transcript begins; `X` for one that is
    /// not known.
    pub protein: Option<String>,
    /// 1-based residue after the last one that is the 5' partner's alone: the first of the 3' partner, or the first new one.
    pub junction: Option<u32>,
    /// Residues from `junction` on that are neither partner's: of a codon across the junction, of bases between the partners,
    /// or of untranslated ones. With a frameshift all that follow.
    pub new_residues: u32,
    /// The 3' partner is read out of its frame.
    pub frameshift: bool,
    /// Why there is no protein.
    pub no_protein: Option<NoProtein>,
    /// Name of the input file; for AGFusion its place in the folder.
    pub source_file: String,
    /// 1-based line in it.
    pub source_line: i64,
}

/// What a file or folder holds: `rows` = fusions + quarantined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FusionContent {
    /// In the order of the file, or of the folder's names.
    pub fusions: Vec<Fusion>,
    /// Rows that could not be used.
    pub quarantined: Vec<Quarantined>,
    /// Rows of data.
    pub rows: usize,
}

impl FusionContent {
    /// Fusions that are kept without a protein for `reason`.
    pub fn without_protein(&self, reason: NoProtein) -> usize {
        self.fusions.iter().filter(|fusion| fusion.no_protein == Some(reason)).count()
    }
}

/// Reads the table, or AGFusion's folder, at `path`, which messages and rows call `name`.
pub fn read_fusions(path: &Path, name: &str) -> Result<FusionContent, TableError> {
    if path.is_dir() {
        return agfusion::read(path, name);
    }
    let mut lines = Lines::open(path, name)?;
    let unknown = || TableError::Unknown { file: name.to_owned(), expected: EXPECTED };
    let header = lines.header("##")?.ok_or_else(unknown)?;
    let header = Header::new(&header, '\t', name, lines.line);
    let table = if header.has("#FusionName") {
        Table::StarFusion(star_fusion::Columns::of(&header)?)
    } else if header.has("#gene1") {
        Table::Arriba(arriba::Columns::of(&header)?)
    } else {
        return Err(unknown());
    };
    let mut content = FusionContent::default();
    let mut seen = HashSet::new();
    while let Some(text) = lines.next()? {
        if text.trim().is_empty() {
            continue;
        }
        let cells: Vec<&str> = text.split('\t').collect();
        let fusion = match &table {
            _ if cells.len() != header.names.len() => Err(RAGGED),
            Table::StarFusion(columns) => columns.fusion(&cells),
            Table::Arriba(columns) => columns.fusion(&cells),
        };
        content.add(fusion, &mut seen, name, lines.line);
    }
    Ok(content)
}

/// Where the columns of a table are.
enum Table {
    StarFusion(star_fusion::Columns),
    Arriba(arriba::Columns),
}

/// The peptides across the junction, of the asked `lengths`; none where there is no protein.
///
/// In frame: those with residues of both partners, or with a new one. With a frameshift: all with a residue after the junction.
/// They may occur in other proteins, also in the partners' own: that is for the caller's proteome to say.
pub fn junction_windows(fusion: &Fusion, lengths: RangeInclusive<usize>) -> Vec<PeptideWindow> {
    let (Some(protein), Some(junction)) = (&fusion.protein, fusion.junction) else {
        return Vec::new();
    };
    let first = junction as i32;
    let last = if fusion.frameshift {
        protein.len() as i32
    } else {
        first + fusion.new_residues.saturating_sub(1) as i32
    };
    let mut found = windows(protein, "", first, last, true, lengths);
    if !fusion.frameshift && fusion.new_residues == 0 {
        // A window that begins with the 3' partner is a piece of it.
        found.retain(|window| window.start < first);
    }
    found
}

const EXPECTED: &str = "STAR-Fusion's predictions (#FusionName, LeftBreakpoint ...), Arriba's fusions.tsv (#gene1, gene2 ...) or the folder of AGFusion";
const MEND: &str = "write the table again with the program that called the fusions";

const fn bad(path: &'static str, rule: &'static str, message: &'static str) -> Refusal {
    Refusal { path, rule, message, remedy: MEND }
}

const RAGGED: Refusal =
    bad("row", "fusion.columns", "the row has another number of columns than the header");
const DUPLICATE: Refusal = Refusal {
    path: "row",
    rule: "fusion.duplicate",
    message: "breakpoints and transcripts are those of an earlier row; the first one is used",
    remedy: "keep one row for each fusion",
};

type Key = (String, String, Option<Breakpoint>, Option<Breakpoint>, Option<String>, Option<String>);

impl FusionContent {
    fn add(
        &mut self,
        fusion: Result<Fusion, Refusal>,
        seen: &mut HashSet<Key>,
        file: &str,
        line: i64,
    ) {
        self.rows += 1;
        let refusal = match fusion {
            Ok(mut fusion) => {
                if seen.insert(fusion.key()) {
                    file.clone_into(&mut fusion.source_file);
                    fusion.source_line = line;
                    self.fusions.push(fusion);
                    return;
                }
                DUPLICATE
            }
            Err(refusal) => refusal,
        };
        self.quarantined.push(refusal.of("fusions", file, line));
    }
}

impl Fusion {
    fn new(tool: FusionTool, gene5: &str, gene3: &str) -> Self {
        Self {
            gene5: gene5.to_owned(),
            gene3: gene3.to_owned(),
            gene5_id: None,
            gene3_id: None,
            breakpoint5: None,
            breakpoint3: None,
            tool,
            in_frame: None,
            junction_reads: None,
            spanning_fragments: None,
            confidence: None,
            transcript5: None,
            transcript3: None,
            protein: None,
            junction: None,
            new_residues: 0,
            frameshift: false,
            no_protein: None,
            source_file: String::new(),
            source_line: 0,
        }
    }

    /// Takes over the frame, and the protein where there is one to be had. Within one gene a junction is as often an isoform or
    /// a circular RNA as a change of the tumour's genome.
    fn set_protein(
        &mut self,
        in_frame: Option<bool>,
        joined: Result<Joined, NoProtein>,
    ) -> &mut Self {
        self.in_frame = in_frame;
        self.frameshift = in_frame == Some(false);
        let joined = match in_frame {
            _ if self.gene5 == self.gene3 => Err(NoProtein::SameGene),
            None => Err(NoProtein::UnknownFrame),
            Some(_) => joined,
        };
        match joined {
            Err(reason) => self.no_protein = Some(reason),
            Ok(joined) => {
                let after = joined.protein.len() as u32 + 1 - joined.junction;
                self.new_residues = if self.frameshift { after } else { joined.new_residues };
                self.protein = Some(joined.protein);
                self.junction = Some(joined.junction);
            }
        }
        self
    }

    /// Translation stops before the junction, in whichever frame the 3' partner would be read.
    fn stopped(&mut self) -> &mut Self {
        self.no_protein = Some(NoProtein::StopBeforeJunction);
        self
    }

    fn key(&self) -> Key {
        (
            self.gene5.clone(),
            self.gene3.clone(),
            self.breakpoint5.clone(),
            self.breakpoint3.clone(),
            self.transcript5.clone(),
            self.transcript3.clone(),
        )
    }
}

/// `+` or `-`.
fn strand(text: &str) -> Option<Strand> {
    match text {
        "+" => Some(Strand::Forward),
        "-" => Some(Strand::Reverse),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
