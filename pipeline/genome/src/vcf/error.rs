//! Why a VCF file as a whole cannot be used.

use std::io;

use thiserror::Error;

use crate::csq::CsqFormatError;

/// Each case names the file, what was found, what was expected and what to do.
#[derive(Debug, Error)]
pub enum VcfError {
    /// No such file.
    #[error(
        "{file}: there is no such file; check the path (paths in a sample sheet are relative to the sheet)"
    )]
    Missing {
        /// Name of the file.
        file: String,
    },
    /// The file ends within a compressed block, or a bgzip file lacks its end marker.
    #[error(
        "{file}: the file is truncated (it ends after line {line}, before its compressed data or bgzip end marker is complete); copy or write it again"
    )]
    Truncated {
        /// Name of the file.
        file: String,
        /// Whole lines read before that; 0 where the end marker was looked for first.
        line: i64,
    },
    /// Reading failed.
    #[error("{file}: cannot be read near line {line}: {source}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// The line that was being read.
        line: i64,
        /// What the system said.
        source: io::Error,
    },
    /// The first line is not a VCF's.
    #[error(
        "{file}: not a VCF: line 1 should begin with `##fileformat=VCFv4.`; give a VCF 4.1, 4.2 or 4.3, plain or compressed by bgzip or gzip"
    )]
    NotVcf {
        /// Name of the file.
        file: String,
    },
    /// A binary VCF.
    #[error(
        "{file}: a BCF, which is not read here; convert it with `bcftools view -O z -o FILE.vcf.gz {file}`"
    )]
    Bcf {
        /// Name of the file.
        file: String,
    },
    /// The header has no line of column names, or it does not begin as it must.
    #[error(
        "{file}, line {line}: the line of column names is missing or wrong; expected `#CHROM POS ID REF ALT QUAL FILTER INFO`, then FORMAT and the samples, separated by tabs"
    )]
    NoColumns {
        /// Name of the file.
        file: String,
        /// Where it was expected.
        line: i64,
    },
    /// VEP has not annotated the file.
    #[error(
        "{file}: the header has no INFO field CSQ, so the consequences of the variants are unknown; run Ensembl VEP with `--vcf --symbol --terms SO --plugin Wildtype --plugin Frameshift`"
    )]
    NoCsq {
        /// Name of the file.
        file: String,
    },
    /// The header's CSQ is not described as VEP does.
    #[error("{file}, line {line}: {source}")]
    Csq {
        /// Name of the file.
        file: String,
        /// Line of the header.
        line: i64,
        /// What is wrong.
        source: CsqFormatError,
    },
    /// VEP ran without the plugin that writes wild-type proteins.
    #[error(
        "{file}, line {line}: CSQ has no field WildtypeProtein; run Ensembl VEP with `--plugin Wildtype` (and `--plugin Frameshift`); `pvacseq install_vep_plugin` installs both"
    )]
    NoWildtypeProtein {
        /// Name of the file.
        file: String,
        /// Line of the header.
        line: i64,
    },
    /// The asked sample is not a column.
    #[error("{file}: the {role} sample {wanted} is not in the VCF; it has {samples}")]
    SampleNotFound {
        /// Name of the file.
        file: String,
        /// `tumour` or `normal`.
        role: &'static str,
        /// The name that was asked for.
        wanted: String,
        /// The names in the file.
        samples: String,
    },
    /// Several samples and nothing says which one is the tumour.
    #[error(
        "{file}: which sample is the tumour? The VCF has {samples} and no `##tumor_sample=` line; name it (column tumor_sample of the sample sheet, or --sample)"
    )]
    TumorUnclear {
        /// Name of the file.
        file: String,
        /// The names in the file.
        samples: String,
    },
}

impl VcfError {
    /// `line` is the one that was being read.
    pub(crate) fn from_io(file: &str, line: i64, source: io::Error) -> Self {
        let file = file.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { file },
            io::ErrorKind::UnexpectedEof => Self::Truncated { file, line: line - 1 },
            _ => Self::Unreadable { file, line, source },
        }
    }
}
