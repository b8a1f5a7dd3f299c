//! BAM: the regions of the sites through an index, or the whole file.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::Path;

use noodles::bam;
use noodles::bgzf;
use noodles::core::Position;
use noodles::csi::BinningIndex;
use noodles::sam::Header;

use super::alignment::start;
use super::counter::Counter;

pub(super) type Reader = bam::io::Reader<bgzf::io::Reader<File>>;

/// The index beside a BAM, where there is one: `x.bam.bai`, `x.bai` or `x.bam.csi`.
pub(super) fn read_index(path: &Path) -> io::Result<Option<bam::Index>> {
    let replaced = path.with_extension("bai");
    let appended = |extension| path.with_added_extension(extension).exists();
    if appended("bai") || (!replaced.exists() && appended("csi")) {
        bam::fs::read_associated_index(path).map(Some)
    } else if replaced.exists() {
        Ok(Some(bam::Index::Bai(bam::bai::fs::read(replaced)?)))
    } else {
        Ok(None)
    }
}

pub(super) fn open(path: &Path) -> io::Result<(Reader, Header)> {
    let mut reader = bam::io::reader::Builder.build_from_path(path)?;
    let header = reader.read_header()?;
    Ok((reader, header))
}

/// Counts the records of one contig between two 0-based positions, the last one not included. What an index has for a
/// region goes on far behind it (records that cross the bounds of its tiles are kept for stretches of up to 2^26 bases),
/// so this stops at the first record behind the region.
pub(super) fn count_region(
    reader: &mut Reader,
    index: &bam::Index,
    (contig, from, to): (usize, u32, u32),
    counter: &mut Counter<'_>,
) -> io::Result<()> {
    let position = |position: u32| Position::new(position as usize).unwrap_or(Position::MIN);
    let mut record = bam::Record::default();
    for chunk in index.query(contig, (position(from + 1)..=position(to)).into())? {
        reader.get_mut().seek(chunk.start())?;
        while reader.get_ref().virtual_position() < chunk.end()
            && reader.read_record(&mut record)? != 0
        {
            let here = record.reference_sequence_id().transpose()? == Some(contig);
            if !here || start(&record)?.is_none_or(|start| start >= to) {
                return Ok(());
            }
            see(&record, counter)?;
        }
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
    let mut span = 0_u32;
    for operation in record.cigar().iter() {
        let operation = operation?;
        if operation.kind().consumes_reference() {
            span = span.saturating_add(operation.len() as u32);
        }
    }
    counter.see(record, contig, start, span)
}
