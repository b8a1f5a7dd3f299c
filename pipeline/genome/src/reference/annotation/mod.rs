//! Reads transcripts from GFF3 or GTF, as Ensembl, GENCODE, RefSeq and simpler sources write them.
//!
//! GFF3: <https://github.com/The-Sequence-Ontology/Specifications/blob/master/gff3.md>; GTF:
//! <https://mblab.wustl.edu/GTF22.html>; GENCODE's attributes: <https://www.gencodegenes.org/pages/data_format.html>;
//! RefSeq's: <https://www.ncbi.nlm.nih.gov/datasets/docs/v2/reference-docs/file-formats/annotation-files/about-ncbi-gff3/>.

mod assemble;
mod attributes;
mod biotype;
mod coding;
mod collect;
mod error;
mod identifier;
mod line;
mod node;
mod root;
mod shape;

use std::collections::HashSet;
use std::io::BufRead;
use std::path::Path;

use super::Transcript;
use crate::{Quarantined, text};
use collect::Collector;
pub use error::AnnotationError;
pub(crate) use identifier::split_version;

/// What an annotation holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotation {
    /// By contig (in the order of the file), position and identifier. An identifier can be on several contigs.
    pub transcripts: Vec<Transcript>,
    /// Lines and transcripts that cannot be used, by line.
    pub refused: Vec<Quarantined>,
    /// Names of the contigs, and their lengths where the file gives them.
    pub contigs: Vec<(String, Option<u32>)>,
    /// Numbers of what was read.
    pub counts: Counts,
    /// What was read but deserves a word: how often, and where first.
    pub warnings: Vec<String>,
}

/// Numbers of what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Genes that the transcripts belong to.
    pub genes: usize,
    /// Transcripts.
    pub transcripts: usize,
    /// Rows of [`Annotation::refused`].
    pub refused: usize,
    /// Features.
    pub lines: u64,
    /// Features of types that transcripts are not made of.
    pub ignored: u64,
}

/// Reads the annotation at `path`, plain, gzip or bgzip, which messages call `name`. GFF3 and GTF are told apart by the
/// first feature's attributes.
pub fn read_annotation(path: &Path, name: &str) -> Result<Annotation, AnnotationError> {
    let mut input = text::open(path).map_err(|source| error::failed(name, 1, source))?;
    let mut collector = Collector::new(name);
    let mut bytes = Vec::with_capacity(1 << 12);
    let mut number: u32 = 0;
    loop {
        bytes.clear();
        let read = input.read_until(b'\n', &mut bytes);
        if read.map_err(|source| error::failed(name, i64::from(number) + 1, source))? == 0 {
            break;
        }
        number = number.saturating_add(1);
        let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Sequences may follow the features of a GFF3 file.
        if line.starts_with(b"##FASTA") || line.starts_with(b">") {
            break;
        }
        match line.strip_prefix(b"##sequence-region") {
            Some(region) => sequence_region(&mut collector, region, number),
            None if line.trim_ascii().is_empty() || line.starts_with(b"#") => {}
            None => collector.feature(line, number),
        }
    }
    finish(collector, i64::from(number))
}

/// `##sequence-region chr1 1 248956422`; a region that begins elsewhere is a slice, and says nothing of the length.
fn sequence_region(collector: &mut Collector, region: &[u8], line: u32) {
    let region = String::from_utf8_lossy(region);
    let mut words = region.split_ascii_whitespace();
    if let (Some(name), Some(start), Some(end)) = (words.next(), words.next(), words.next()) {
        let contig = collector.contig(name);
        if let ("1", Ok(length)) = (start, end.parse()) {
            collector.set_length(contig, length, line);
        }
    }
}

fn finish(mut collector: Collector, lines: i64) -> Result<Annotation, AnnotationError> {
    let file = collector.file.to_owned();
    if collector.kinds.is_empty() && collector.refused.is_empty() {
        return Err(AnnotationError::Empty { file, lines });
    }
    let transcripts = assemble::assemble(&mut collector);
    if transcripts.is_empty() {
        return Err(AnnotationError::NoTranscripts { file, found: seen(&collector) });
    }
    let genes: HashSet<(&str, &str)> =
        transcripts.iter().map(|made| (made.contig.as_str(), made.gene_id.as_str())).collect();
    let counts = Counts {
        genes: genes.len(),
        transcripts: transcripts.len(),
        refused: collector.refused.len(),
        lines: collector.kinds.values().sum(),
        ignored: collector.ignored,
    };
    Ok(Annotation {
        counts,
        transcripts,
        contigs: collector.contigs.into_iter().map(|contig| (contig.name, contig.length)).collect(),
        warnings: collector.warnings.texts(),
        refused: collector.refused,
    })
}

/// The types of features, the most frequent first, and the first refusal.
fn seen(collector: &Collector) -> String {
    let mut kinds: Vec<(&String, &u64)> = collector.kinds.iter().collect();
    kinds.sort_by(|(one, count), (other, other_count)| other_count.cmp(count).then(one.cmp(other)));
    let mut found: Vec<String> =
        kinds.iter().take(5).map(|(kind, count)| format!("{count} {kind}")).collect();
    if let Some(first) = collector.refused.first() {
        let refused = collector.refused.len();
        found.push(format!(
            "{refused} refused, the first in line {}: {}",
            first.source_line, first.message
        ));
    }
    found.join(", ")
}

#[cfg(test)]
mod tests;
