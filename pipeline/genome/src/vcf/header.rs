//! The header of a VCF: its CSQ, and the columns of its samples.

use super::meta::{COLUMNS, Meta};
use super::{SampleNames, VcfError};
use crate::csq::CsqFormat;
use crate::text::Chunks;

/// What the records need to know.
#[derive(Debug)]
pub(crate) struct Header {
    /// VEP's annotation, where the header describes one.
    pub(crate) csq: Option<Csq>,
    /// Number of columns of every record.
    pub(crate) columns: usize,
    /// Column of the tumour, 0-based; none in a file without samples.
    pub(crate) tumor: Option<usize>,
    /// Column of the normal, 0-based.
    pub(crate) normal: Option<usize>,
    pub(crate) warnings: Vec<String>,
    /// Lines of the header.
    pub(crate) lines: i64,
}

/// Where VEP's annotation is, and how to read it.
#[derive(Debug)]
pub(crate) struct Csq {
    pub(crate) format: CsqFormat,
    /// Name of the INFO field that holds it; `CSQ` unless VEP was told otherwise.
    pub(crate) id: String,
    /// 1-based line that describes it.
    line: i64,
}

impl Header {
    /// Without the wild-type protein no mutant can be made of the annotation.
    pub(crate) fn check_proteins(&mut self, file: &str) -> Result<(), VcfError> {
        let Some(csq) = &self.csq else { return Ok(()) };
        if !csq.format.has_wildtype_protein() {
            return Err(VcfError::NoWildtypeProtein { file: file.to_owned(), line: csq.line });
        }
        if !csq.format.has_frameshift_sequence() {
            self.warnings.push("CSQ has no field FrameshiftSequence: frameshifts go to quarantine; run Ensembl VEP with `--plugin Frameshift` as well".to_owned());
        }
        Ok(())
    }

    /// Reads up to the line of column names. Where the file is to be `annotated`, a CSQ that is missing or cannot be read is an
    /// error.
    pub(crate) fn read(
        input: &mut Chunks,
        file: &str,
        samples: &SampleNames,
        annotated: bool,
    ) -> Result<Self, VcfError> {
        let meta = Meta::read(input, file)?;
        if !meta.is_version_4() {
            return Err(VcfError::NotVcf { file: file.to_owned() });
        }
        let line = input
            .peek_line()
            .map_err(|source| VcfError::from_io(file, meta.lines + 1, source))?
            .map_or(String::new(), |line| String::from_utf8_lossy(line).into_owned());
        input.skip_line();
        finish(meta, &line, file, samples, annotated)
    }
}

fn finish(
    meta: Meta,
    columns: &str,
    file: &str,
    samples: &SampleNames,
    annotated: bool,
) -> Result<Header, VcfError> {
    let lines = meta.lines + 1;
    let names = columns
        .strip_prefix(COLUMNS)
        .ok_or_else(|| VcfError::NoColumns { file: file.to_owned(), line: lines })?;
    let names: Vec<&str> = names.split('\t').skip(2).collect();
    let csq = csq(&meta, file);
    let csq = if annotated { Some(csq?) } else { csq.ok() };
    let (tumor, normal) = meta.samples(&names, samples, file)?;
    let mut warnings = meta.warnings;
    if names.is_empty() {
        warnings.push("the VCF has no samples: depths and allele fractions are unknown".to_owned());
    }
    let columns = columns.split('\t').count();
    let column = |sample: Option<usize>| sample.map(|sample| sample + 9);
    let (tumor, normal) = (column(tumor), column(normal));
    Ok(Header { csq, columns, tumor, normal, warnings, lines })
}

fn csq(meta: &Meta, file: &str) -> Result<Csq, VcfError> {
    let file = || file.to_owned();
    let (line, id, description) =
        meta.csq.clone().ok_or_else(|| VcfError::NoCsq { file: file() })?;
    let format = CsqFormat::parse(&description);
    let format = format.map_err(|source| VcfError::Csq { file: file(), line, source })?;
    Ok(Csq { format, id, line })
}
