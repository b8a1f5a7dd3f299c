//! Builds a reference: all of it in a folder beside the output, which takes its place at the end.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use serde::Serialize;
use vaxloom_genome::Quarantined;
use vaxloom_genome::reference::{Assembly, ContigNames, ProteinDifference, read_annotation};

use super::bases::{self, Laid};
use super::folder::Folder;
use super::manifest::digest;
use super::proteins::{self, Index};
use super::sequences::{self, Contig, SequenceWriter, StoredSequences};
use super::{
    CONTIGS, Counts, DIFFERING, FILES, FORMAT, Manifest, REFUSED, ReferenceError, SEQUENCE, Source,
    StoredFile, TRANSCRIPTS, proteome, transcripts,
};
use crate::query::{self, Answer, Format};

/// What a reference is built from: an annotation, and either a genome or the transcripts' own sequences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// GFF3 or GTF.
    pub annotation: PathBuf,
    /// FASTA of the genome; one of transcripts is known by its names, and used as `cdna`.
    pub fasta: Option<PathBuf>,
    /// FASTA files of transcripts, where there is no genome.
    pub cdna: Vec<PathBuf>,
    /// FASTA of the proteins that the transcripts should translate to.
    pub proteins: Option<PathBuf>,
    /// FASTA of the proteins whose peptides are normal.
    pub proteome: Option<PathBuf>,
}

/// A reference that was built, or was there.
#[derive(Clone, Debug)]
pub struct Built {
    /// What it says of itself.
    pub manifest: Manifest,
    /// What could not be used; empty where the reference was there.
    pub refused: Vec<Quarantined>,
    /// Proteins that differ from the file's; empty where the reference was there.
    pub differing: Vec<ProteinDifference>,
    /// Whether it was there, built by this version of the program from the same content.
    pub reused: bool,
}

/// Builds a reference in `out`. Where `out` is one of the same content, it is left alone; one of other content is
/// replaced if `force` says so. A build that fails leaves `out` as it was.
pub fn build(sources: &Sources, out: &Path, force: bool) -> Result<Built, ReferenceError> {
    let listed = listed(sources)?;
    if let Some(manifest) = Folder::check(out, &listed, force)? {
        return Ok(Built { manifest, refused: Vec::new(), differing: Vec::new(), reused: true });
    }
    let folder = Folder::beside(out)?;
    let built = write(sources, listed, folder.path())?;
    folder.put_in_place(out)?;
    Ok(built)
}

fn write(sources: &Sources, listed: Vec<Source>, dir: &Path) -> Result<Built, ReferenceError> {
    let annotation = read_annotation(&sources.annotation, &file_name(&sources.annotation))?;
    let genes = annotation.counts.genes;
    let sequence = dir.join(SEQUENCE);
    let mut writer = SequenceWriter::create(&sequence)?;
    let mut laid = bases::lay(sources, annotation, &mut writer)?;
    let contigs = writer.finish()?;
    sequences::write_contigs(&dir.join(CONTIGS), &contigs)?;
    transcripts::write(&dir.join(TRANSCRIPTS), &laid.transcripts)?;

    let stored = StoredSequences::open(&sequence, &contigs)?;
    let check = proteins::compare(sources, &laid.transcripts, &stored)?;
    let mut index = proteins::index(sources, &laid.transcripts, &stored)?;
    proteome::write(dir, &index.proteome)?;
    laid.refused.append(&mut index.refused);
    laid.warnings.extend(check.warnings);
    laid.warnings.append(&mut index.warnings);

    list(&dir.join(REFUSED), &REFUSED_COLUMNS, &laid.refused)?;
    let differing: Vec<_> = check.found.differing.iter().map(Differing::of).collect();
    list(&dir.join(DIFFERING), &DIFFERING_COLUMNS, &differing)?;
    let mut manifest = manifest(&laid, &contigs, &index);
    manifest.counts.genes = genes;
    manifest.counts.proteins_compared = check.found.same + differing.len();
    manifest.counts.proteins_differing = differing.len();
    manifest.sources = listed;
    manifest.files = stored_files(dir)?;
    manifest.write(dir)?;
    Ok(Built { manifest, refused: laid.refused, differing: check.found.differing, reused: false })
}

fn manifest(laid: &Laid, contigs: &[Contig], index: &Index) -> Manifest {
    let names = ContigNames::new(contigs.iter().map(|contig| (contig.name.clone(), contig.length)));
    let assembly = names.assembly().map(|assembly| match assembly {
        Assembly::Grch37 => "GRCh37".to_owned(),
        Assembly::Grch38 => "GRCh38".to_owned(),
    });
    let mut refused = BTreeMap::new();
    for row in &laid.refused {
        *refused.entry(row.rule.clone()).or_default() += 1;
    }
    Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        mode: laid.mode,
        assembly,
        sources: Vec::new(),
        counts: Counts {
            transcripts: laid.transcripts.len(),
            coding: laid.transcripts.iter().filter(|made| !made.coding.is_empty()).count(),
            transcripts_without_sequence: laid.without_sequence,
            contigs: contigs.len(),
            bases: contigs.iter().map(|contig| contig.known).sum(),
            ambiguous: laid.ambiguous,
            conflicting: laid.conflicting,
            proteins: index.proteome.len(),
            ..Counts::default()
        },
        refused,
        proteome: index.origin,
        proteome_checksum: index.proteome.parts().checksum(),
        warnings: laid.warnings.clone(),
        files: Vec::new(),
    }
}

/// The sources, each with its hash, in the order in which they are used.
fn listed(sources: &Sources) -> Result<Vec<Source>, ReferenceError> {
    let annotation = ("annotation", Some(&sources.annotation));
    let cdna = sources.cdna.iter().map(|path| ("cdna", Some(path)));
    let all = [annotation, ("fasta", sources.fasta.as_ref())].into_iter().chain(cdna);
    let all = all
        .chain([("proteins", sources.proteins.as_ref()), ("proteome", sources.proteome.as_ref())]);
    all.filter_map(|(role, path)| Some((role, path?)))
        .map(|(role, path)| {
            let (bytes, sha256) = digest(path).map_err(ReferenceError::unreadable(path))?;
            Ok(Source { role: role.to_owned(), file: file_name(path), bytes, sha256 })
        })
        .collect()
}

fn stored_files(dir: &Path) -> Result<Vec<StoredFile>, ReferenceError> {
    let written = FILES.iter().filter(|name| dir.join(name).exists());
    written.map(|name| StoredFile::of(dir, name)).collect()
}

/// Name of a file without its folders, for messages and the manifest.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into())
}

type Columns<const N: usize> = [(&'static str, DataType); N];

const REFUSED_COLUMNS: Columns<6> = [
    ("source_file", DataType::Utf8),
    ("source_line", DataType::Int64),
    ("path", DataType::Utf8),
    ("rule", DataType::Utf8),
    ("message", DataType::Utf8),
    ("remedy", DataType::Utf8),
];

const DIFFERING_COLUMNS: Columns<5> = [
    ("transcript", DataType::Utf8),
    ("protein", DataType::Utf8),
    ("position", DataType::UInt64),
    ("translated", DataType::Utf8),
    ("expected", DataType::Utf8),
];

/// A row of `differing-proteins.tsv`.
#[derive(Serialize)]
struct Differing<'a> {
    transcript: &'a str,
    protein: &'a str,
    position: u64,
    translated: Option<String>,
    expected: Option<String>,
}

impl<'a> Differing<'a> {
    fn of(found: &'a ProteinDifference) -> Self {
        Self {
            transcript: &found.transcript,
            protein: &found.protein,
            position: found.position as u64,
            translated: found.translated.map(String::from),
            expected: found.expected.map(String::from),
        }
    }
}

/// Writes a list for people; none where there is nothing to list.
fn list<T: Serialize, const N: usize>(
    path: &Path,
    columns: &Columns<N>,
    rows: &[T],
) -> Result<(), ReferenceError> {
    if rows.is_empty() {
        return Ok(());
    }
    let fields = columns.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = vaxloom_tables::batch(&schema, rows).map_err(ReferenceError::not_written(path))?;
    let file = File::create(path).map_err(ReferenceError::unwritable(path))?;
    query::write(&Answer { schema, batches: vec![batch] }, Format::Tsv, file)
        .map_err(ReferenceError::not_written(path))
}
