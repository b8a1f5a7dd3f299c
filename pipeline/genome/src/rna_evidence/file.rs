//! A BAM or CRAM, opened and checked, and the way its records are gone through.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use noodles::bam::Index;
use noodles::cram::crai;
use noodles::fasta;
use noodles::sam::Header;
use rayon::prelude::*;

use super::counter::Counter;
use super::cram::NoBases;
use super::error::{self, RnaEvidenceError};
use super::sites::Sites;
use super::{EvidenceOptions, RnaEvidence, bam, cram};
use crate::text;

pub(super) struct AlignmentFile {
    path: PathBuf,
    header: Header,
    format: Format,
}

enum Format {
    Bam { index: Option<Index> },
    Cram { reference: fasta::Repository, index: Option<crai::Index> },
}

impl AlignmentFile {
    pub(super) fn open(path: &Path, reference: Option<&Path>) -> Result<Self, RnaEvidenceError> {
        let failed = |source| RnaEvidenceError::from_io(path, source);
        let not_alignments = |source: io::Error| match source.kind() {
            io::ErrorKind::InvalidData => {
                RnaEvidenceError::NotAlignments { file: error::name(path) }
            }
            _ => failed(source),
        };
        let mut file = File::open(path).map_err(failed)?;
        let mut magic = Vec::new();
        file.by_ref().take(4).read_to_end(&mut magic).map_err(failed)?;
        let (header, whole, format) = if magic == *b"CRAM" {
            let (_, header) = cram::open(path).map_err(not_alignments)?;
            let reference = cram::reference(path, &header, reference)?;
            let index = path.with_added_extension("crai");
            let index = index.exists().then(|| crai::fs::read(index)).transpose();
            let index = index.map_err(|source| RnaEvidenceError::index(path, source))?;
            (header, cram::ends_with_marker(path), Format::Cram { reference, index })
        } else if magic == [0x1f, 0x8b, 0x08, 0x04] {
            let (_, header) = bam::open(path).map_err(not_alignments)?;
            let index = bam::read_index(path);
            let index = index.map_err(|source| RnaEvidenceError::index(path, source))?;
            (header, text::ends_with_marker(&mut file), Format::Bam { index })
        } else {
            return Err(RnaEvidenceError::NotAlignments { file: error::name(path) });
        };
        if !whole.map_err(failed)? {
            return Err(RnaEvidenceError::Truncated { file: error::name(path) });
        }
        Ok(Self { path: path.to_owned(), header, format })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let (index, made) = match &self.format {
            Format::Bam { index } => (index.is_some(), "bam.bai"),
            Format::Cram { index, .. } => (index.is_some(), "cram.crai"),
        };
        let warning = || {
            format!(
                "{}: there is no index beside the file (.{made}), so all of it was read; sort it with `samtools sort` and index it with `samtools index` to read only the places of the variants",
                error::name(&self.path)
            )
        };
        if index { Vec::new() } else { vec![warning()] }
    }

    /// The counts of all sites in their order.
    pub(super) fn count(
        &self,
        sites: &Sites,
        options: EvidenceOptions,
    ) -> Result<Vec<RnaEvidence>, RnaEvidenceError> {
        let counter = |range| Counter::new(&self.header, sites, options, range);
        let failed = |source| self.failed(source);
        let path = &self.path;
        match &self.format {
            _ if sites.len() == 0 => Ok(Vec::new()),
            Format::Bam { index: Some(index) } => by_region(
                sites,
                counter,
                || bam::open(path).map(|(reader, _)| reader).map_err(failed),
                |reader, span, counter| {
                    bam::count_region(reader, index, span, counter).map_err(failed)
                },
            ),
            Format::Cram { index: Some(index), reference } => by_region(
                sites,
                counter,
                || cram::open(path).map(|(reader, _)| reader).map_err(failed),
                |reader, span, counter| {
                    cram::count_region(reader, &self.header, (reference, index), span, counter)
                        .map_err(failed)
                },
            ),
            Format::Bam { index: None } => {
                let mut counter = counter(0..sites.len());
                let threads = rayon::current_num_threads();
                bam::count_all(path, threads, &mut counter).map_err(failed)?;
                Ok(counter.finish())
            }
            Format::Cram { index: None, reference } => {
                let mut counter = counter(0..sites.len());
                cram::count_all(path, reference, &mut counter).map_err(failed)?;
                Ok(counter.finish())
            }
        }
    }

    /// What a failure while reading means.
    fn failed(&self, source: io::Error) -> RnaEvidenceError {
        let file = error::name(&self.path);
        match source.get_ref().and_then(|inner| inner.downcast_ref::<NoBases>()) {
            Some(NoBases::NoReference) => RnaEvidenceError::NeedsReference { file },
            Some(NoBases::NoContig) => RnaEvidenceError::OtherReference { file },
            // The decoder has no kind of its own for this.
            None if source.to_string().starts_with("reference sequence checksum mismatch") => {
                RnaEvidenceError::OtherReference { file }
            }
            None => RnaEvidenceError::from_io(&self.path, source),
        }
    }
}

/// Counts region by region, in parallel, each thread with its own reader.
fn by_region<'a, R>(
    sites: &Sites,
    counter: impl Fn(std::ops::Range<usize>) -> Counter<'a> + Sync,
    open: impl Fn() -> Result<R, RnaEvidenceError> + Sync,
    count: impl Fn(&mut R, (usize, u32, u32), &mut Counter<'a>) -> Result<(), RnaEvidenceError> + Sync,
) -> Result<Vec<RnaEvidence>, RnaEvidenceError> {
    let counted: Result<Vec<_>, _> = sites
        .regions()
        .into_par_iter()
        .map_init(
            || None,
            |reader, region| {
                let reader = match reader {
                    Some(reader) => reader,
                    none => none.insert(open()?),
                };
                let span = sites.span(&region);
                let mut counter = counter(region);
                count(reader, span, &mut counter)?;
                Ok(counter.finish())
            },
        )
        .collect();
    Ok(counted?.into_iter().flatten().collect())
}
