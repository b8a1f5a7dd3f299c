//! `reference.json`: what a reference was made of, what is in it, and which files it has.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ReferenceError;

/// Version of the files' layout.
pub const FORMAT: u32 = 1;

/// What a reference says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the files' layout.
    pub format: u32,
    /// Version of the program that built it.
    pub program: String,
    /// Where the bases come from.
    pub mode: Mode,
    /// `GRCh37` or `GRCh38`, where lengths or accessions of the contigs show it.
    pub assembly: Option<String>,
    /// The files that it was built from.
    pub sources: Vec<Source>,
    /// Numbers.
    pub counts: Counts,
    /// Lines, transcripts and proteins that could not be used, by rule; listed in `refused.tsv`.
    pub refused: BTreeMap<String, usize>,
    /// Where the proteins of the index come from.
    pub proteome: ProteomeOrigin,
    /// CRC-32 of the index.
    pub proteome_checksum: u32,
    /// What was read but deserves a word.
    pub warnings: Vec<String>,
    /// The files of the reference.
    pub files: Vec<StoredFile>,
}

/// Where the bases come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The contigs.
    Genome,
    /// The transcripts' own sequences.
    Transcripts,
}

/// Where the proteins of the index come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProteomeOrigin {
    /// A FASTA that was given as the proteome.
    Proteome,
    /// The FASTA that the translations were compared with.
    Proteins,
    /// The translations of the annotation's own coding transcripts.
    Translations,
}

/// A file that a reference was built from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// `annotation`, `fasta`, `cdna`, `proteins` or `proteome`.
    pub role: String,
    /// Name of the file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// A file of the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Name in the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// What is in a reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Genes of the annotation.
    pub genes: usize,
    /// Transcripts that can be used.
    pub transcripts: usize,
    /// Of these, with a coding sequence.
    pub coding: usize,
    /// Transcripts of contigs, or with sequences, that the FASTA lacks: left out.
    pub transcripts_without_sequence: usize,
    /// Contigs.
    pub contigs: usize,
    /// Known bases.
    pub bases: u64,
    /// Bases that stood for several, and are N now.
    pub ambiguous: u64,
    /// Bases at which transcripts' sequences contradict each other; the first holds.
    pub conflicting: u64,
    /// Different proteins of the index.
    pub proteins: usize,
    /// Coding transcripts whose protein was compared with a file.
    pub proteins_compared: usize,
    /// Of these, those that translate to another protein; listed in `differing-proteins.tsv`.
    pub proteins_differing: usize,
}

impl Manifest {
    pub(super) const NAME: &str = "reference.json";

    /// Reads the manifest of `dir`, and checks that the files it names are there in full.
    pub fn read(dir: &Path) -> Result<Self, ReferenceError> {
        let path = dir.join(Self::NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if is_missing(&error) => {
                return Err(ReferenceError::Missing { dir: dir.to_owned() });
            }
            Err(error) => return Err(ReferenceError::unreadable(&path)(error)),
        };
        // The version first: other versions may have other fields.
        let format = serde_json::from_str::<Version>(&text)
            .map_err(|error| ReferenceError::damaged(&path, &error))?
            .format;
        if format != FORMAT {
            return Err(ReferenceError::Format { path, found: format });
        }
        let manifest: Self =
            serde_json::from_str(&text).map_err(|error| ReferenceError::damaged(&path, &error))?;
        for file in &manifest.files {
            file.check_size(dir)?;
        }
        Ok(manifest)
    }

    /// Writes the manifest into `dir`.
    pub(super) fn write(&self, dir: &Path) -> Result<(), ReferenceError> {
        let path = dir.join(Self::NAME);
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| ReferenceError::unwritable(&path)(error.into()))?;
        fs::write(&path, text + "\n").map_err(ReferenceError::unwritable(&path))
    }

    /// Checks the content of one file, which is to be read whole anyway.
    pub(super) fn verify(&self, dir: &Path, name: &str) -> Result<(), ReferenceError> {
        let path = dir.join(name);
        let expected = self.files.iter().find(|file| file.name == name);
        let expected = expected.ok_or_else(|| {
            ReferenceError::damaged(&path, &"the manifest does not list the file")
        })?;
        let (_, found) = digest(&path).map_err(ReferenceError::unreadable(&path))?;
        if found == expected.sha256 {
            return Ok(());
        }
        let what = format!("its SHA-256 is {found}; expected {}", expected.sha256);
        Err(ReferenceError::damaged(&path, &what))
    }

    /// Whether it was built from the same content in the same way.
    pub(super) fn is_of(&self, sources: &[Source]) -> bool {
        let content = |sources: &[Source]| -> Vec<(String, String)> {
            sources.iter().map(|source| (source.role.clone(), source.sha256.clone())).collect()
        };
        content(&self.sources) == content(sources)
    }
}

impl StoredFile {
    pub(super) fn of(dir: &Path, name: &str) -> Result<Self, ReferenceError> {
        let path = dir.join(name);
        let (bytes, sha256) = digest(&path).map_err(ReferenceError::unreadable(&path))?;
        Ok(Self { name: name.to_owned(), bytes, sha256 })
    }

    fn check_size(&self, dir: &Path) -> Result<(), ReferenceError> {
        let path = dir.join(&self.name);
        let found = match fs::metadata(&path) {
            Ok(data) => data.len(),
            Err(error) if is_missing(&error) => {
                return Err(ReferenceError::damaged(&path, &"the file is gone"));
            }
            Err(error) => return Err(ReferenceError::unreadable(&path)(error)),
        };
        if found == self.bytes {
            return Ok(());
        }
        let what = format!("the file has {found} bytes; expected {}", self.bytes);
        Err(ReferenceError::damaged(&path, &what))
    }
}

/// Size and SHA-256 of a file.
pub(super) fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    Ok((bytes, hex(&hash.finalize())))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |text, byte| text + &format!("{byte:02x}"))
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
