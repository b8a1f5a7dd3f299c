//! A proteome as plain data, to be written and read back without sorting again.

use flate2::Crc;

use super::error::PartsError;
use super::{END, Proteome, suffixes};

/// All that a [`Proteome`] is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProteomeParts {
    /// Upper-case residues of all proteins, each protein followed by a `*`. ASCII.
    pub residues: String,
    /// 0-based position in `residues` of each protein's first residue, ascending.
    pub starts: Vec<u32>,
    /// Names of the proteins, sorted; every protein has at least one.
    pub names: Vec<ProteinName>,
    /// Suffix array: positions in `residues` of all letters, sorted by the 25 characters from there on (`*` before
    /// A, and after the end), then by position.
    pub suffixes: Vec<u32>,
}

/// A name of a protein. Ordered by protein, identifier and gene.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProteinName {
    /// 0-based number of the protein: its place in [`ProteomeParts::starts`].
    pub protein: u32,
    /// Identifier as the source has it, version included.
    pub identifier: String,
    /// The gene's symbol, or its identifier where the source has no symbol.
    pub gene: Option<String>,
}

impl Proteome {
    /// What is to be stored, together with [`ProteomeParts::checksum`].
    pub fn parts(&self) -> &ProteomeParts {
        &self.parts
    }

    /// The proteome of stored parts, whose `checksum` was kept with them.
    pub fn from_parts(parts: ProteomeParts, checksum: u32) -> Result<Self, PartsError> {
        let found = parts.checksum();
        if found != checksum {
            return Err(PartsError::Checksum { found, expected: checksum });
        }
        let inconsistent = |part| Err(PartsError::Inconsistent { part });
        if !parts.has_residues_only() {
            return inconsistent("residues hold something else; expected letters A to Z and '*'");
        }
        if !parts.starts_after_ends() {
            return inconsistent("starts do not ascend; expected one after each protein's '*'");
        }
        if !parts.every_protein_is_named() {
            return inconsistent("names do not fit its proteins; expected all, in order");
        }
        if !parts.suffixes_are_positions() {
            return inconsistent("suffix array does not fit; expected every residue's position");
        }
        let buckets = suffixes::buckets(parts.residues.as_bytes());
        Ok(Self { parts, buckets })
    }
}

impl ProteomeParts {
    /// CRC-32 (as in gzip, RFC 1952) of residues, starts, suffixes and names, each after its length; numbers are
    /// little-endian `u32`, a missing gene counts as length `u32::MAX`.
    pub fn checksum(&self) -> u32 {
        let mut crc = Crc::new();
        add_text(&mut crc, &self.residues);
        add_numbers(&mut crc, &self.starts);
        add_numbers(&mut crc, &self.suffixes);
        add_number(&mut crc, self.names.len() as u32);
        for name in &self.names {
            add_number(&mut crc, name.protein);
            add_text(&mut crc, &name.identifier);
            match &name.gene {
                Some(gene) => add_text(&mut crc, gene),
                None => add_number(&mut crc, u32::MAX),
            }
        }
        crc.sum()
    }

    fn has_residues_only(&self) -> bool {
        self.residues.len() < u32::MAX as usize
            && self.residues.bytes().all(|byte| byte.is_ascii_uppercase() || byte == END)
    }

    fn starts_after_ends(&self) -> bool {
        let text = self.residues.as_bytes();
        let mut bounds = self.starts.clone();
        bounds.push(text.len() as u32);
        bounds[0] == 0
            && bounds.windows(2).all(|pair| {
                let (start, next) = (pair[0] as usize, pair[1] as usize);
                start + 1 < next && text.get(next - 1) == Some(&END)
            })
    }

    fn every_protein_is_named(&self) -> bool {
        let mut named: Vec<_> = self.names.iter().map(|name| name.protein).collect();
        named.dedup();
        self.names.is_sorted() && named.into_iter().eq(0..self.starts.len() as u32)
    }

    fn suffixes_are_positions(&self) -> bool {
        let text = self.residues.as_bytes();
        let letters = text.iter().filter(|&&byte| byte != END).count();
        let letter = |&position: &u32| text.get(position as usize).is_some_and(|&at| at != END);
        self.suffixes.len() == letters && self.suffixes.iter().all(letter)
    }
}

fn add_number(crc: &mut Crc, number: u32) {
    crc.update(&number.to_le_bytes());
}

fn add_text(crc: &mut Crc, text: &str) {
    add_number(crc, text.len() as u32);
    crc.update(text.as_bytes());
}

/// Through a buffer: a checksum of four bytes at a time is many times slower.
fn add_numbers(crc: &mut Crc, numbers: &[u32]) {
    add_number(crc, numbers.len() as u32);
    let mut bytes = Vec::new();
    for chunk in numbers.chunks(1 << 14) {
        bytes.clear();
        bytes.extend(chunk.iter().flat_map(|number| number.to_le_bytes()));
        crc.update(&bytes);
    }
}
