//! What the `##` lines of a VCF say, and which of its samples are meant.

use super::{SampleNames, VcfError};
use crate::text::Chunks;

/// Names of the fixed columns, tab-separated.
pub(super) const COLUMNS: &str = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

/// A contig that the header names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VcfContig {
    /// Its name.
    pub name: String,
    /// Number of its bases, where the header says it.
    pub length: Option<u32>,
    /// Assembly that it belongs to, where the header says it.
    pub assembly: Option<String>,
}

/// What `##` lines say, as far as it is needed.
#[derive(Debug, Default)]
pub(super) struct Meta {
    /// `VCFv4.2`.
    pub(super) version: Option<String>,
    /// Value of `##reference`, or else of `##assembly`.
    pub(super) reference: Option<String>,
    pub(super) contigs: Vec<VcfContig>,
    /// Line, name and description of the INFO field that holds VEP's annotation.
    pub(super) csq: Option<(i64, String, String)>,
    tumor: Option<String>,
    normal: Option<String>,
    pub(super) warnings: Vec<String>,
    /// Number of `##` lines.
    pub(super) lines: i64,
}

impl Meta {
    /// Reads the `##` lines.
    pub(super) fn read(input: &mut Chunks, file: &str) -> Result<Self, VcfError> {
        let mut meta = Self::default();
        loop {
            let next = meta.lines + 1;
            let line = input.peek_line().map_err(|source| VcfError::from_io(file, next, source))?;
            let Some(text) = line.and_then(|line| line.strip_prefix(b"##")) else {
                return match line {
                    Some(line) if line.starts_with(b"BCF\x02") => {
                        Err(VcfError::Bcf { file: file.to_owned() })
                    }
                    _ => Ok(meta),
                };
            };
            meta.lines = next;
            meta.add(&String::from_utf8_lossy(text));
            input.skip_line();
        }
    }

    fn add(&mut self, text: &str) {
        let Some((key, value)) = text.split_once('=') else { return };
        let set = |field: &mut Option<String>| {
            field.get_or_insert_with(|| value.trim().to_owned());
        };
        match key {
            "fileformat" if self.lines == 1 => self.set_version(value.trim()),
            "reference" => self.reference = Some(value.trim().to_owned()),
            "assembly" => set(&mut self.reference),
            "tumor_sample" => set(&mut self.tumor),
            "normal_sample" => set(&mut self.normal),
            "contig" => self.contigs.extend(contig(value)),
            "INFO" => self.add_info(value),
            _ => {}
        }
    }

    /// Whether the file says that it is a VCF 4.
    pub(super) fn is_version_4(&self) -> bool {
        self.version.as_deref().is_some_and(|version| version.starts_with("VCFv4."))
    }

    fn set_version(&mut self, version: &str) {
        if !matches!(version, "VCFv4.1" | "VCFv4.2" | "VCFv4.3") {
            self.warnings
                .push("the VCF's version is not 4.1, 4.2 or 4.3; it is read as 4.3".to_owned());
        }
        self.version = Some(version.to_owned());
    }

    fn add_info(&mut self, value: &str) {
        let Some((id, rest)) = value.strip_prefix("<ID=").and_then(|text| text.split_once(','))
        else {
            return;
        };
        let renamed =
            self.csq.is_none() && rest.contains("Ensembl VEP") && rest.contains("Format: ");
        if id == "CSQ" || renamed {
            let description = rest.split_once("Description=\"").map_or("", |(_, text)| text);
            let description = description.split('"').next().unwrap_or_default();
            self.csq = Some((self.lines, id.to_owned(), description.to_owned()));
        }
    }

    /// Places of the tumour and the normal among the samples of the file.
    pub(super) fn samples(
        &self,
        names: &[&str],
        asked: &SampleNames,
        file: &str,
    ) -> Result<(Option<usize>, Option<usize>), VcfError> {
        let known =
            |name: &Option<String>| names.iter().position(|&other| Some(other) == name.as_deref());
        let tumor = match (&asked.tumor, known(&self.tumor), names.len()) {
            (Some(asked), ..) => Some(find(names, asked, "tumour", file)?),
            (None, Some(known), _) => Some(known),
            (None, None, 0) => None,
            (None, None, 1) => Some(0),
            _ => {
                let samples = names.join(", ");
                return Err(VcfError::TumorUnclear { file: file.to_owned(), samples });
            }
        };
        if let Some(asked) = &asked.normal {
            return Ok((tumor, Some(find(names, asked, "normal", file)?)));
        }
        let other = tumor.filter(|_| names.len() == 2).map(|tumor| 1 - tumor);
        let normal = known(&self.normal).or(other);
        Ok((tumor, normal.filter(|&normal| Some(normal) != tumor)))
    }
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

/// `<ID=chr1,length=248956422,assembly=hg38>`; values in quotation marks may hold commas.
fn contig(value: &str) -> Option<VcfContig> {
    let mut quoted = false;
    let fields = value.strip_prefix('<')?.strip_suffix('>')?.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let fields: Vec<_> = fields.filter_map(|field| field.split_once('=')).collect();
    let get = |key| fields.iter().find(|(other, _)| *other == key).map(|(_, value)| *value);
    Some(VcfContig {
        name: get("ID")?.to_owned(),
        length: get("length").and_then(|length| length.parse().ok()),
        assembly: get("assembly").map(|name| name.trim_matches('"').to_owned()),
    })
}
