//! CRAM: the containers over the sites through an index, or the whole file.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use noodles::cram::{self, crai, io::reader::Container};
use noodles::fasta;
use noodles::fasta::repository::Adapter;
use noodles::sam::Header;
use noodles::sam::alignment::Record as _;
use noodles::sam::header::record::value::{Map, map::ReferenceSequence};
use thiserror::Error;

use super::alignment::start;
use super::counter::Counter;
use super::error::{self, RnaEvidenceError};

/// The container without records that ends a CRAM 3 file (CRAM format specification, section 9).
const END: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 0x01, 0, 0x05,
    0xbd, 0xd9, 0x4f, 0, 0x01, 0, 0x06, 0x06, 0x01, 0, 0x01, 0, 0x01, 0, 0xee, 0x63, 0x01, 0x4b,
];

pub(super) type Reader = cram::io::Reader<BufReader<File>>;

pub(super) fn open(path: &Path) -> io::Result<(Reader, Header)> {
    let mut reader = cram::io::Reader::new(BufReader::new(File::open(path)?));
    let header = reader.read_header()?;
    Ok((reader, header))
}

pub(super) fn ends_with_marker(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() < END.len() as u64 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-(END.len() as i64)))?;
    let mut tail = [0; END.len()];
    file.read_exact(&mut tail)?;
    Ok(tail == END)
}

/// Why the reference has no bases for a contig of the CRAM.
#[derive(Clone, Copy, Debug, Error)]
pub(super) enum NoBases {
    #[error("no reference was given")]
    NoReference,
    #[error("the reference lacks the contig")]
    NoContig,
}

/// A FASTA that says what it lacks: an absent contig is an error here, where the decoder expects none to be absent.
struct Reference(Option<fasta::io::IndexedReader<fasta::io::BufReader<File>>>);

impl Adapter for Reference {
    fn get(&mut self, name: &[u8]) -> Option<io::Result<fasta::Record>> {
        let Some(reader) = &mut self.0 else {
            return Some(Err(io::Error::other(NoBases::NoReference)));
        };
        if !reader.index().as_ref().iter().any(|contig| contig.name() == name) {
            return Some(Err(io::Error::other(NoBases::NoContig)));
        }
        Some(reader.query(&noodles::core::Region::new(name, ..)))
    }
}

/// The reference of a CRAM. Contigs are read when they are asked for, and kept.
pub(super) fn reference(
    cram: &Path,
    header: &Header,
    path: Option<&Path>,
) -> Result<fasta::Repository, RnaEvidenceError> {
    let Some(path) = path else { return Ok(fasta::Repository::new(Reference(None))) };
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => RnaEvidenceError::Missing { file: error::name(path) },
        _ => RnaEvidenceError::Reference { file: error::name(path), source },
    };
    let index = if path.with_added_extension("fai").exists() {
        fasta::fs::read_associated_index(path)
    } else {
        fasta::fs::index(path)
    };
    let index = index.map_err(failed)?;
    for contig in index.as_ref() {
        let length =
            header.reference_sequences().get(contig.name()).map(Map::<ReferenceSequence>::length);
        if length.is_some_and(|length| usize::from(length) as u64 != contig.length()) {
            return Err(RnaEvidenceError::OtherReference { file: error::name(cram) });
        }
    }
    let builder = fasta::io::indexed_reader::Builder::default().set_index(index);
    let reader = builder.build_from_path(path).map_err(failed)?;
    Ok(fasta::Repository::new(Reference(Some(reader))))
}

/// Counts the records of the containers that the index has between two 0-based positions of a contig, the last one not
/// included. A container is read once, however many of its slices are there.
pub(super) fn count_region(
    reader: &mut Reader,
    header: &Header,
    (repository, index): (&fasta::Repository, &crai::Index),
    (contig, from, to): (usize, u32, u32),
    counter: &mut Counter<'_>,
) -> io::Result<()> {
    let overlaps = |slice: &&crai::Record| {
        let start = slice.alignment_start().map_or(0, usize::from);
        slice.reference_sequence_id() == Some(contig)
            && start <= to as usize
            && start + slice.alignment_span() > from as usize + 1
    };
    let offsets: BTreeSet<u64> = index.iter().filter(overlaps).map(crai::Record::offset).collect();
    let mut container = Container::default();
    for offset in offsets {
        reader.seek(SeekFrom::Start(offset))?;
        if reader.read_container(&mut container)? > 0 {
            see(&container, header, repository, counter)?;
        }
    }
    Ok(())
}

/// Counts every record of the file.
pub(super) fn count_all(
    path: &Path,
    repository: &fasta::Repository,
    counter: &mut Counter<'_>,
) -> io::Result<()> {
    let (mut reader, header) = open(path)?;
    let mut container = Container::default();
    while reader.read_container(&mut container)? > 0 {
        see(&container, &header, repository, counter)?;
    }
    Ok(())
}

fn see(
    container: &Container,
    header: &Header,
    repository: &fasta::Repository,
    counter: &mut Counter<'_>,
) -> io::Result<()> {
    let compression = container.compression_header()?;
    for slice in container.slices() {
        let slice = slice?;
        let (core, external) = slice.decode_blocks()?;
        for record in slice.records(repository.clone(), header, &compression, &core, &external)? {
            let contig = record.reference_sequence_id(header).transpose()?;
            if let (Some(contig), Some(start)) = (contig, start(&record)?) {
                let span = record.alignment_span().transpose()?.unwrap_or(0);
                counter.see(&record, contig, start, span as u32)?;
            }
        }
    }
    Ok(())
}
