//! Genes and transcripts as their lines describe them, before they are put together.

use std::collections::HashMap;

use super::attributes::{Facts, Syntax, Tags};
use super::biotype;
use super::error::Refusal;
use super::identifier::{is_ensembl, split_version, without_prefix};
use super::line::{Line, PartKind, Role, role};
use crate::hgvs::unescape;
use crate::reference::{Interval, Phase, Strand};

/// A contig, and the features that are named on it.
#[derive(Default)]
pub(super) struct Contig {
    pub(super) name: String,
    pub(super) length: Option<u32>,
    pub(super) mitochondrial: bool,
    /// Transcripts by identifier; in GFF3 genes too, whose identifiers share the namespace.
    pub(super) nodes: HashMap<Box<str>, usize>,
    /// Genes of a GTF, where a gene may be named as its transcript.
    pub(super) genes: HashMap<Box<str>, usize>,
}

/// A gene or transcript.
pub(super) struct Node {
    /// As `ID` or `transcript_id` has it.
    pub(super) key: Box<str>,
    pub(super) contig: usize,
    /// The first line that speaks of it.
    pub(super) line: u32,
    pub(super) definition: Option<Box<Definition>>,
    pub(super) parts: Vec<Part>,
    /// Identifiers of its proteins, in the order of the lines.
    pub(super) proteins: Vec<String>,
    pub(super) translation: Translation,
    /// Its first line that was refused.
    pub(super) broken: Option<u32>,
    /// The line that defines it again.
    pub(super) again: Option<u32>,
}

/// What lines of the coding sequence say of its translation.
#[derive(Default)]
pub(super) struct Translation {
    /// NCBI's number of the genetic code.
    pub(super) table: Option<u32>,
    /// First and last base of the codons that are read as selenocysteine.
    pub(super) selenocysteines: Vec<Interval>,
    /// RefSeq: the sequence goes on before its lowest position, after its highest.
    pub(super) open: [bool; 2],
}

/// A line within a transcript.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) interval: Interval,
    pub(super) kind: PartKind,
    pub(super) phase: Option<Phase>,
    pub(super) strand: Option<Strand>,
    /// Index into the node's proteins.
    pub(super) protein: Option<u32>,
    pub(super) line: u32,
}

/// The line of a gene or transcript.
pub(super) struct Definition {
    pub(super) line: u32,
    /// Of a GTF, where genes need no line of their own.
    pub(super) of_gtf: bool,
    /// GTF without a transcript line: taken from the first part.
    pub(super) from_part: bool,
    pub(super) is_gene: bool,
    /// Node of the parent; of a gene none.
    pub(super) parent: Option<usize>,
    pub(super) kind: String,
    pub(super) interval: Option<Interval>,
    pub(super) strand: Option<Strand>,
    pub(super) id: String,
    pub(super) version: Option<String>,
    pub(super) symbol: Option<String>,
    /// GTF: the gene's identifier.
    pub(super) gene_id: Option<String>,
    pub(super) biotype: Option<String>,
    pub(super) gene_biotype: Option<String>,
    pub(super) support_level: Option<i32>,
    pub(super) appris: Option<String>,
    pub(super) tags: Tags,
}

/// Mitochondrial contigs of vertebrates: Ensembl, UCSC, and RefSeq's accessions of human (also hg19's chrM), mouse, rat and
/// dog.
const MITOCHONDRIA: [&str; 9] = [
    "MT",
    "M",
    "chrM",
    "chrMT",
    "NC_012920.1",
    "NC_001807.4",
    "NC_005089.1",
    "NC_001665.2",
    "NC_002008.4",
];

impl Contig {
    pub(super) fn new(name: &str) -> Self {
        let mitochondrial = MITOCHONDRIA.contains(&name);
        Self { name: name.to_owned(), mitochondrial, ..Self::default() }
    }
}

impl Node {
    pub(super) fn new(key: &str, contig: usize, line: u32) -> Self {
        Self {
            key: key.into(),
            contig,
            line,
            definition: None,
            parts: Vec::new(),
            proteins: Vec::new(),
            translation: Translation::default(),
            broken: None,
            again: None,
        }
    }

    /// Takes the protein and what else only lines of the coding sequence say; gives the protein's index.
    pub(super) fn coding_facts(&mut self, facts: &Facts) -> Result<Option<u32>, Refusal> {
        let translation = &mut self.translation;
        translation.table =
            translation.table.or(facts.translation_table.and_then(|table| table.parse().ok()));
        for codon in selenocysteines(&unescape(facts.translation_exceptions.unwrap_or_default()))? {
            if !translation.selenocysteines.contains(&codon) {
                translation.selenocysteines.push(codon);
            }
        }
        translation.open[0] |= facts.start_range.is_some_and(|range| range.starts_with('.'));
        translation.open[1] |= facts.end_range.is_some_and(|range| range.ends_with('.'));
        Ok(facts.protein_id.map(|id| self.protein(id, facts)))
    }

    fn protein(&mut self, id: &str, facts: &Facts) -> u32 {
        // Ensembl writes the version apart.
        let version = facts.protein_version.or(facts.version).filter(|_| is_ensembl(id));
        let same = |known: &String| match (known.strip_prefix(id), version) {
            (Some(""), None) => true,
            (Some(rest), Some(version)) => rest.strip_prefix('.') == Some(version),
            _ => false,
        };
        let index = self.proteins.iter().position(same).unwrap_or_else(|| {
            self.proteins.push(version.map_or(id.to_owned(), |version| format!("{id}.{version}")));
            self.proteins.len() - 1
        });
        index as u32
    }
}

impl Definition {
    /// The definition that `line` gives, as yet without parent, and without its interval.
    pub(super) fn of(
        line: &Line,
        facts: &Facts,
        syntax: Syntax,
        is_gene: bool,
        number: u32,
    ) -> Self {
        let owned = |text: Option<&str>| text.map(unescape);
        let named = match syntax {
            Syntax::Gff3 => {
                let id = facts.id.unwrap_or_default();
                let stated = facts.transcript_id.filter(|_| !is_gene);
                without_prefix(id).or(stated).unwrap_or(id)
            }
            Syntax::Gtf if is_gene => facts.gene_id.unwrap_or_default(),
            Syntax::Gtf => facts.transcript_id.unwrap_or_default(),
        };
        let named = unescape(named);
        let (id, suffix) = split_version(&named);
        let is_part = matches!(role(line.kind), Role::Part(_));
        let source = biotype::of_source(line.source).filter(|_| syntax == Syntax::Gtf);
        let symbol = facts.gene_name.or(facts.name.filter(|_| is_gene)).or(facts.gene);
        let level = facts.support_level.and_then(|level| level.split(' ').next());
        Self {
            line: number,
            of_gtf: syntax == Syntax::Gtf,
            from_part: is_part,
            is_gene,
            parent: None,
            kind: if is_part { "transcript" } else { line.kind }.to_owned(),
            interval: None,
            strand: line.strand(),
            id: id.to_owned(),
            version: suffix.map(str::to_owned).or_else(|| owned(facts.version)),
            symbol: owned(symbol),
            gene_id: owned(facts.gene_id).map(|id| split_version(&id).0.to_owned()),
            biotype: owned(facts.biotype.or(source)),
            gene_biotype: owned(facts.gene_biotype),
            support_level: level.and_then(|level| level.parse().ok()),
            appris: facts.appris.map(appris),
            tags: facts.tags,
        }
    }
}

/// `principal_1` as `principal1`.
fn appris(tag: &str) -> String {
    match tag.rsplit_once('_') {
        Some((kind, rank)) if rank.parse::<u8>().is_ok() => format!("{kind}{rank}"),
        _ => tag.to_owned(),
    }
}

/// The codons that are selenocysteine in INSDC's `transl_except`: `(pos:complement(4..6),aa:Sec)`, several of them parted
/// by commas, a codon over two exons as `join(4,9..10)`.
fn selenocysteines(exceptions: &str) -> Result<Vec<Interval>, Refusal> {
    let selenocysteine = |exception: &&str| exception.contains("aa:Sec");
    let codon = |exception: &str| {
        let place = exception.split(",aa:").next().unwrap_or_default();
        let numbers =
            place.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
        let positions: Option<Vec<u32>> = numbers.map(|number| number.parse().ok()).collect();
        let positions = positions.unwrap_or_default();
        match (positions.iter().min(), positions.iter().max()) {
            (Some(&start), Some(&end)) => Ok(Interval { start, end }),
            _ => Err(Refusal::new(
                "annotation.translation_exception",
                "transl_except",
                "a selenocysteine without positions; expected (pos:START..END,aa:Sec)",
                "write the positions of the codon",
            )),
        }
    };
    exceptions.split("(pos:").skip(1).filter(selenocysteine).map(codon).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn selenocysteines_of_insdc() {
        let check = |text: &str, expected: &[(u32, u32)]| {
            let found = selenocysteines(text).unwrap();
            let found: Vec<_> = found.iter().map(|codon| (codon.start, codon.end)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("(pos:4..6,aa:Sec)", &[(4, 6)]);
        check("(pos:complement(4..6),aa:Sec),(pos:join(10,20..21),aa:Sec)", &[(4, 6), (10, 21)]);
        check("(pos:4261..4262,aa:TERM)", &[]);
        check("", &[]);
        assert!(selenocysteines("(pos:,aa:Sec)").is_err());
    }

    #[test]
    fn appris_ranks() {
        for (tag, expected) in [
            ("principal_1", "principal1"),
            ("alternative_2", "alternative2"),
            ("principal", "principal"),
            ("candidate_longest", "candidate_longest"),
        ] {
            assert_eq!(appris(tag), expected);
        }
    }
}
