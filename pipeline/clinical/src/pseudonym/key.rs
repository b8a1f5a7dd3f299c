//! The project's key: where it comes from, and what is made with it.

use std::{
    env, fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Fewest bytes of a key: as many as the hash has.
const SHORTEST: usize = 32;
/// Farthest that dates are moved, in days.
const FARTHEST: u64 = 182;

/// A key that cannot be used. No message holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error(
        "{file}: the project key cannot be read or written ({kind}); make one with a new file name, mode 0600"
    )]
    Io {
        /// The file.
        file: String,
        /// Why.
        kind: io::ErrorKind,
    },
    /// Others may read the file.
    #[error("{file}: mode is {mode:04o}, so others can read the project key; run chmod 600 on it")]
    Open {
        /// The file.
        file: String,
        /// Its permissions.
        mode: u32,
    },
    /// Too short to be a key.
    #[error(
        "{place}: the project key has {bytes} bytes, and at least 32 are needed: 64 hexadecimal digits"
    )]
    Short {
        /// File or variable.
        place: String,
        /// Bytes found.
        bytes: usize,
    },
    /// Not hexadecimal.
    #[error("{0}: the project key is not written in hexadecimal digits")]
    NotHex(String),
    /// No such variable.
    #[error(
        "{0}: no such environment variable; it should hold the project key as 64 hexadecimal digits"
    )]
    NoVariable(String),
    /// Another key than the one that was used before.
    #[error(
        "the project key has id {found}, but the data were made with key {expected}; give that key, or re-key the data"
    )]
    Wrong {
        /// Id of the key given.
        found: String,
        /// Id of the key that was used.
        expected: String,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers for a new project key")]
    NoRandom,
}

/// A secret key, and the name of the project as the domain of its pseudonyms.
#[derive(Clone)]
pub struct ProjectKey {
    mac: Hmac<Sha256>,
    id: String,
}

impl fmt::Debug for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl ProjectKey {
    /// Reads a key of hexadecimal digits from a file that only its owner may read (mode 0600 or 0400).
    pub fn from_file(path: &Path, project: &str) -> Result<Self, KeyError> {
        let file = path.display().to_string();
        let fault = |error: io::Error| KeyError::Io { file: file.clone(), kind: error.kind() };
        check_mode(path, &file)?;
        let text = fs::read_to_string(path).map_err(fault)?;
        Self::from_hex(text.trim(), project, &file)
    }

    /// Reads a key of hexadecimal digits from an environment variable.
    pub fn from_env(variable: &str, project: &str) -> Result<Self, KeyError> {
        let text = env::var(variable).map_err(|_| KeyError::NoVariable(variable.to_owned()))?;
        Self::from_hex(text.trim(), project, variable)
    }

    /// Makes a random key of 32 bytes and writes it to a new file of mode 0600. An existing file is never replaced.
    pub fn create(path: &Path, project: &str) -> Result<Self, KeyError> {
        let file = path.display().to_string();
        let fault = |error: io::Error| KeyError::Io { file: file.clone(), kind: error.kind() };
        let mut bytes = [0; SHORTEST];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandom)?;
        let text = hex(&bytes);
        let mut out = new_private_file(path).map_err(fault)?;
        writeln!(out, "{text}").map_err(fault)?;
        Self::from_hex(&text, project, &file)
    }

    fn from_hex(text: &str, project: &str, place: &str) -> Result<Self, KeyError> {
        let bytes = unhex(text).ok_or_else(|| KeyError::NotHex(place.to_owned()))?;
        Self::from_bytes(&bytes, project)
            .ok_or_else(|| KeyError::Short { place: place.to_owned(), bytes: bytes.len() })
    }

    /// A key from at least 32 secret bytes; `None` where there are fewer.
    pub fn from_bytes(secret: &[u8], project: &str) -> Option<Self> {
        if secret.len() < SHORTEST {
            return None;
        }
        let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        let mut key = Self { mac, id: String::new() };
        key.id = hex(&key.digest(&["vaxloom key id"])[..8]);
        // From here on everything is of this project.
        key.mac.update(project.as_bytes());
        key.mac.update(&[0]);
        Some(key)
    }

    /// Which key this is, without telling it: 16 hexadecimal digits, to be kept beside the data.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Refuses another key than the one of this id.
    pub fn expect_id(&self, expected: &str) -> Result<(), KeyError> {
        if self.id == expected {
            return Ok(());
        }
        Err(KeyError::Wrong { found: self.id.clone(), expected: expected.to_owned() })
    }

    /// Pseudonym of a resource id: 64 hexadecimal digits, as many characters as FHIR lets an id have.
    ///
    /// A UUID says itself what it names, whatever the type: it becomes another UUID (version 8, 122 bits of the HMAC), so that
    /// `urn:uuid:` references, which have no type, still meet their resource.
    pub fn pseudonym(&self, resource_type: &str, id: &str) -> String {
        if is_uuid(id) {
            return uuid(&self.digest(&["uuid", &id.to_ascii_lowercase()]));
        }
        hex(&self.digest(&["id", resource_type, id]))
    }

    /// Whether a text has the shape of a pseudonym: no source's id is likely to be of 64 lower-case hexadecimal digits, or a UUID of
    /// version 8.
    pub fn is_pseudonym(text: &str) -> bool {
        let digits = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let of_hmac = text.len() == 64 && text.bytes().all(digits);
        of_hmac || (is_uuid(text) && text.as_bytes()[14] == b'8')
    }

    /// Days by which the dates of a patient are moved: -182 to 182 and never 0. The same for one patient always.
    pub fn shift_days(&self, patient_id: &str) -> i64 {
        let digest = self.digest(&["date shift", patient_id]);
        let number =
            digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let days = number % (2 * FARTHEST);
        let days = days as i64 - FARTHEST as i64;
        if days >= 0 { days + 1 } else { days }
    }

    fn digest(&self, parts: &[&str]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        for part in parts {
            // Each part with its length, so that no two lists of parts are the same bytes.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// Refuses a file that its group or others may read or write.
pub(crate) fn check_mode(path: &Path, file: &str) -> Result<(), KeyError> {
    let metadata = fs::metadata(path)
        .map_err(|error| KeyError::Io { file: file.to_owned(), kind: error.kind() })?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Open { file: file.to_owned(), mode });
        }
    }
    #[cfg(not(unix))]
    let _ = metadata;
    Ok(())
}

/// A new file of mode 0600.
pub(crate) fn new_private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(crate) fn is_uuid(id: &str) -> bool {
    let bytes = id.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(place, byte)| {
            if [8, 13, 18, 23].contains(&place) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// The first 16 bytes as a UUID of version 8 (RFC 9562).
fn uuid(digest: &[u8; 32]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.into_iter().enumerate() {
        if [4, 6, 8, 10].contains(&place) {
            text.push('-');
        }
        push_hex(&mut text, byte);
    }
    text
}

/// Bytes of hexadecimal digits; `None` where there is anything else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 == 1 {
        return None;
    }
    let digits = text
        .as_bytes()
        .chunks(2)
        .map(|pair| str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    digits.collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        push_hex(&mut text, *byte);
    }
    text
}

fn push_hex(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.extend([byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)])));
}
