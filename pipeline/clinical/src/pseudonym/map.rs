//! The way back from pseudonyms to ids: a file of its own, encrypted under a key of its own.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::Path,
};

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};

use super::key::{KeyError, check_mode, new_private_file, unhex};

/// First bytes of the file; they are authenticated with the rest.
const MAGIC: &[u8] = b"vaxloom-pseudonyms-1\n";
const NONCE: usize = 24;

/// A map that cannot be read or written. No message holds an id.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The file cannot be read or made.
    #[error(
        "{file}: the map of pseudonyms cannot be read or written ({kind}); an existing map is never replaced"
    )]
    Io {
        /// The file.
        file: String,
        /// Why.
        kind: io::ErrorKind,
    },
    /// Not such a file.
    #[error("{0}: not a map of pseudonyms")]
    Format(String),
    /// The key does not open it.
    #[error("{0}: the key does not open this map, or the map was changed")]
    Key(String),
    /// The system has no random numbers.
    #[error("the system gives no random numbers to encrypt the map of pseudonyms")]
    NoRandom,
}

/// Pseudonym to `(type, id)`.
#[derive(Clone, Default, PartialEq)]
pub struct PseudonymMap {
    entries: BTreeMap<String, (String, String)>,
}

impl std::fmt::Debug for PseudonymMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PseudonymMap").field("entries", &self.entries.len()).finish()
    }
}

impl PseudonymMap {
    /// Notes whose pseudonym this is.
    pub fn insert(&mut self, pseudonym: String, resource_type: &str, id: &str) {
        self.entries.entry(pseudonym).or_insert_with(|| (resource_type.to_owned(), id.to_owned()));
    }

    /// `(type, id)` behind a pseudonym.
    pub fn get(&self, pseudonym: &str) -> Option<(&str, &str)> {
        self.entries.get(pseudonym).map(|(kind, id)| (kind.as_str(), id.as_str()))
    }

    /// All `(type, id)`, in the order of their pseudonyms: what [`rekey`](super::rekey) asks for.
    pub fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.values().map(|(kind, id)| (kind.as_str(), id.as_str()))
    }

    /// Writes the map to a new file of mode 0600, encrypted under 32 bytes that are not those of the project key.
    pub fn write(&self, path: &Path, key: &[u8; 32]) -> Result<(), MapError> {
        let file = path.display().to_string();
        let fault = |error: io::Error| MapError::Io { file: file.clone(), kind: error.kind() };
        let mut text = String::new();
        for (pseudonym, (kind, id)) in &self.entries {
            text.extend([pseudonym, "\t", kind, "\t", id, "\n"]);
        }
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| MapError::NoRandom)?;
        let payload = Payload { msg: text.as_bytes(), aad: MAGIC };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| MapError::Format(file.clone()))?;
        let mut out = new_private_file(path).map_err(fault)?;
        [MAGIC, &nonce, &sealed].iter().try_for_each(|part| out.write_all(part)).map_err(fault)
    }

    /// Reads a map.
    pub fn read(path: &Path, key: &[u8; 32]) -> Result<Self, MapError> {
        let file = path.display().to_string();
        let bytes = fs::read(path)
            .map_err(|error| MapError::Io { file: file.clone(), kind: error.kind() })?;
        let format = || MapError::Format(file.clone());
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(format)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or_else(format)?;
        let payload = Payload { msg: sealed, aad: MAGIC };
        let text = cipher(key)
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| MapError::Key(file.clone()))?;
        let text = String::from_utf8(text).map_err(|_| format())?;
        let mut map = Self::default();
        for line in text.lines() {
            let mut parts = line.splitn(3, '\t');
            let (Some(pseudonym), Some(kind), Some(id)) =
                (parts.next(), parts.next(), parts.next())
            else {
                return Err(format());
            };
            map.insert(pseudonym.to_owned(), kind, id);
        }
        Ok(map)
    }
}

/// Reads the 32 bytes of a map's own key: 64 hexadecimal digits in a file that only its owner may read.
pub fn read_map_key(path: &Path) -> Result<[u8; 32], KeyError> {
    let file = path.display().to_string();
    check_mode(path, &file)?;
    let text = fs::read_to_string(path)
        .map_err(|error| KeyError::Io { file: file.clone(), kind: error.kind() })?;
    let bytes = unhex(text.trim()).ok_or_else(|| KeyError::NotHex(file.clone()))?;
    let found = bytes.len();
    bytes.try_into().map_err(|_| KeyError::Short { place: file, bytes: found })
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}
