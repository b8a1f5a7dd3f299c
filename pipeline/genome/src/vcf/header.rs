//! The header of a VCF: its version, its CSQ, its samples.

use std::io::BufRead;

use super::{SampleNames, VcfError};
use crate::csq::CsqFormat;
use crate::text;

/// Names of the fixed columns, tab-separated.
const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

/// What the records need to know.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) csq: CsqFormat,
    /// Name of the INFO field that holds the annotation; `CSQ` unless VEP was told otherwise.
    pub(crate) csq_id: String,
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

/// What `##` lines say, as far as it is needed.
#[derive(Default)]
struct Meta {
    csq: Option<(i64, String, String)>,
    tumor: Option<String>,
    normal: Option<String>,
    warnings: Vec<String>,
}

impl Header {
    /// Reads up to the line of column names.
    pub(crate) fn read(
        input: &mut dyn BufRead,
        file: &str,
        samples: &SampleNames,
    ) -> Result<Self, VcfError> {
        let mut meta = Meta::default();
        let mut lines = 0;
        loop {
            let line = text::next_line(input)
                .map_err(|source| VcfError::from_io(file, lines + 1, source))?;
            let line =
                line.map(|line| String::from_utf8_lossy(&line).into_owned()).unwrap_or_default();
            lines += 1;
            match line.strip_prefix("##") {
                Some(text) if lines == 1 => meta.version(text, file)?,
                _ if lines == 1 => {
                    return Err(VcfError::NotVcf { file: file.to_owned() });
                }
                Some(text) => meta.add(lines, text),
                None => return meta.finish(&line, lines, file, samples),
            }
        }
    }
}

impl Meta {
    fn version(&mut self, text: &str, file: &str) -> Result<(), VcfError> {
        let minor = text.trim().strip_prefix("fileformat=VCFv4.");
        let minor = minor.ok_or_else(|| VcfError::NotVcf { file: file.to_owned() })?;
        if !["1", "2", "3"].contains(&minor) {
            self.warnings
                .push("the VCF's version is not 4.1, 4.2 or 4.3; it is read as 4.3".to_owned());
        }
        Ok(())
    }

    fn add(&mut self, line: i64, text: &str) {
        if let Some(name) = text.strip_prefix("tumor_sample=") {
            self.tumor.get_or_insert_with(|| name.trim().to_owned());
        } else if let Some(name) = text.strip_prefix("normal_sample=") {
            self.normal.get_or_insert_with(|| name.trim().to_owned());
        } else if let Some((id, rest)) =
            text.strip_prefix("INFO=<ID=").and_then(|text| text.split_once(','))
        {
            let renamed =
                self.csq.is_none() && rest.contains("Ensembl VEP") && rest.contains("Format: ");
            if id == "CSQ" || renamed {
                self.csq = Some((line, id.to_owned(), description(rest).to_owned()));
            }
        }
    }

    fn finish(
        self,
        columns: &str,
        line: i64,
        file: &str,
        samples: &SampleNames,
    ) -> Result<Header, VcfError> {
        let file = || file.to_owned();
        let names = columns
            .strip_prefix(COLUMNS)
            .ok_or_else(|| VcfError::NoColumns { file: file(), line })?;
        let names: Vec<&str> = names.split('\t').skip(2).collect();
        let (csq_line, csq_id, description) =
            self.csq.ok_or_else(|| VcfError::NoCsq { file: file() })?;
        let csq = CsqFormat::parse(&description).map_err(|source| VcfError::Csq {
            file: file(),
            line: csq_line,
            source,
        })?;
        if !csq.has_wildtype_protein() {
            return Err(VcfError::NoWildtypeProtein { file: file(), line: csq_line });
        }
        let mut warnings = self.warnings;
        if !csq.has_frameshift_sequence() {
            warnings.push("CSQ has no field FrameshiftSequence: frameshifts go to quarantine; run Ensembl VEP with `--plugin Frameshift` as well".to_owned());
        }
        if names.is_empty() {
            warnings
                .push("the VCF has no samples: depths and allele fractions are unknown".to_owned());
        }
        let tumor = tumor(&names, samples.tumor.as_deref(), self.tumor.as_deref(), &file())?;
        let normal =
            normal(&names, samples.normal.as_deref(), self.normal.as_deref(), tumor, &file())?;
        let columns = columns.split('\t').count();
        let column = |sample: Option<usize>| sample.map(|sample| sample + 9);
        Ok(Header {
            csq,
            csq_id,
            columns,
            tumor: column(tumor),
            normal: column(normal),
            warnings,
            lines: line,
        })
    }
}

/// The text of `Description="..."`.
fn description(meta: &str) -> &str {
    let text = meta.split_once("Description=\"").map_or("", |(_, text)| text);
    text.split('"').next().unwrap_or_default()
}

fn tumor(
    names: &[&str],
    asked: Option<&str>,
    in_header: Option<&str>,
    file: &str,
) -> Result<Option<usize>, VcfError> {
    if let Some(asked) = asked {
        return find(names, asked, "tumour", file).map(Some);
    }
    let known = in_header.and_then(|name| names.iter().position(|&other| other == name));
    match (known, names.len()) {
        (Some(known), _) => Ok(Some(known)),
        (None, 0) => Ok(None),
        (None, 1) => Ok(Some(0)),
        _ => Err(VcfError::TumorUnclear { file: file.to_owned(), samples: names.join(", ") }),
    }
}

fn normal(
    names: &[&str],
    asked: Option<&str>,
    in_header: Option<&str>,
    tumor: Option<usize>,
    file: &str,
) -> Result<Option<usize>, VcfError> {
    if let Some(asked) = asked {
        return find(names, asked, "normal", file).map(Some);
    }
    let known = in_header.and_then(|name| names.iter().position(|&other| other == name));
    let other = (names.len() == 2).then(|| tumor.map(|tumor| 1 - tumor)).flatten();
    Ok(known.or(other).filter(|&normal| Some(normal) != tumor))
}

fn find(names: &[&str], wanted: &str, role: &'static str, file: &str) -> Result<usize, VcfError> {
    let samples = if names.is_empty() { "no samples".to_owned() } else { names.join(", ") };
    let missing = || VcfError::SampleNotFound {
        file: file.to_owned(),
        role,
        wanted: wanted.to_owned(),
        samples,
    };
    names.iter().position(|&name| name == wanted).ok_or_else(missing)
}
