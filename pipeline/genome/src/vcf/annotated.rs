//! The annotated calls of a VCF, some at a time.

use std::path::Path;

use rayon::prelude::*;

use super::header::Header;
use super::record::Reader;
use super::{SampleNames, SomaticVariant, VcfError};
use crate::csq::CsqFormat;
use crate::text::{Chunks, pieces};

/// The calls that the tumour carries with what VEP says of them; an iterator over batches, in the order of the file.
///
/// For comparisons: its plugins may be missing, and what cannot be read is left out, since whoever reads the calls themselves
/// tells of it.
pub struct AnnotatedCalls {
    input: Chunks,
    header: Header,
    format: CsqFormat,
    name: String,
    lines: i64,
    ended: bool,
}

impl AnnotatedCalls {
    /// Opens the VCF at `path`, which messages call `name`; `None` where it has no CSQ.
    pub fn open(path: &Path, name: &str, samples: &SampleNames) -> Result<Option<Self>, VcfError> {
        let mut input = Chunks::open(path).map_err(|source| VcfError::from_io(name, 1, source))?;
        let header = match Header::read(&mut input, name, samples, true) {
            Ok(header) => header,
            Err(VcfError::NoCsq { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(csq) = &header.csq else { return Ok(None) };
        let (format, lines) = (csq.format.clone(), header.lines);
        Ok(Some(Self { input, header, format, name: name.to_owned(), lines, ended: false }))
    }

    /// How to read [`SomaticVariant::annotation`].
    pub fn csq_format(&self) -> &CsqFormat {
        &self.format
    }

    fn batch(&mut self, chunk: &[u8]) -> Vec<SomaticVariant> {
        let reader = Reader { header: &self.header, name: &self.name };
        let read: Vec<_> = pieces(chunk).into_par_iter().map(|piece| reader.piece(piece)).collect();
        let mut variants = Vec::new();
        for piece in read {
            let lines = self.lines;
            variants.extend(piece.outcomes.into_iter().flat_map(|found| found.at(lines).variants));
            self.lines += piece.lines;
        }
        variants
    }
}

impl Iterator for AnnotatedCalls {
    type Item = Result<Vec<SomaticVariant>, VcfError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.input.next_chunk() {
            Ok(Some(chunk)) => Some(Ok(self.batch(&chunk))),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(source) => {
                self.ended = true;
                Some(Err(VcfError::from_io(&self.name, self.lines + 1, source)))
            }
        }
    }
}
