//! BAM: the regions of the sites through an index, or the whole file.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use noodles::bam;
use noodles::bgzf;
use noodles::core::{Position, Region};
use noodles::sam::Header;

use super::alignment::start;
use super::counter::Counter;
use super::error::RnaEvidenceError;

/// A reader with an index.
pub(super) type IndexedReader = bam::io::IndexedReader<bgzf::io::Reader<File>>;

/// The index beside a BAM: `x.bam.bai`, `x.bai` or `x.bam.csi`.
pub(super) fn find_index(path: &Path) -> Option<PathBuf> {
    [path.with_added_extension("bai"), path.with_extension("bai"), path.with_added_extension("csi")]
        .into_iter()
        .find(|index| index.exists())
}

pub(super) fn read_header(path: &Path) -> io::Result<Header> {
    bam::io::reader::Builder.build_from_path(path)?.read_header()
}

pub(super) fn open_indexed(path: &Path, index: &Path) -> Result<IndexedReader, RnaEvidenceError> {
    let builder = bam::io::indexed_reader::Builder::default();
    let builder = if index.extension().is_some_and(|extension| extension == "bai") {
        let read = bam::bai::fs::read(index);
        builder.set_index(read.map_err(|source| RnaEvidenceError::index(path, source))?)
    } else {
        builder
    };
    builder.build_from_path(path).map_err(|source| RnaEvidenceError::index(path, source))
}

/// Counts the records of one contig between two 0-based positions, the last one not included.
pub(super) fn count_region(
    reader: &mut IndexedReader,
    header: &Header,
    (contig, from, to): (usize, u32, u32),
    counter: &mut Counter<'_>,
) -> io::Result<()> {
    let Some((name, _)) = header.reference_sequences().get_index(contig) else { return Ok(()) };
    let position = |position: u32| Position::new(position as usize).unwrap_or(Position::MIN);
    let region = Region::new(name.clone(), position(from + 1)..=position(to));
    let mut query = reader.query(header, &region)?;
    let mut record = bam::Record::default();
    while query.read_record(&mut record)? != 0 {
        see(&record, counter)?;
    }
    Ok(())
}

/// Counts every record of the file; `threads` of them decompress.
pub(super) fn count_all(path: &Path, threads: usize, counter: &mut Counter<'_>) -> io::Result<()> {
    let threads = NonZero::new(threads).unwrap_or(NonZero::<usize>::MIN);
    let blocks = bgzf::io::MultithreadedReader::with_worker_count(threads, File::open(path)?);
    let mut reader = bam::io::Reader::from(blocks);
    reader.read_header()?;
    let mut record = bam::Record::default();
    while reader.read_record(&mut record)? != 0 {
        see(&record, counter)?;
    }
    Ok(())
}

fn see(record: &bam::Record, counter: &mut Counter<'_>) -> io::Result<()> {
    let contig = record.reference_sequence_id().transpose()?;
    let (Some(contig), Some(start)) = (contig, start(record)?) else { return Ok(()) };
    let mut span = 0;
    for operation in record.cigar().iter() {
        let operation = operation?;
        if operation.kind().consumes_reference() {
            span += operation.len() as u32;
        }
    }
    counter.see(record, contig, start, span)
}
