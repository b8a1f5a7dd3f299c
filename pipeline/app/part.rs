//! Parts of a run: each takes its share of the sheet's patients into a lake of its own, and `vaxloom lake gather` joins them.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::written::whole;

/// File in the folder of a part.
const FILE: &str = ".part.json";

/// Which of how many parts, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) number: u16,
    pub(crate) of: u16,
}

impl Part {
    /// Whether a patient is of this part: by the pseudonym alone, so that patients stay in their part when others come or go.
    pub(crate) fn has(self, patient: &str) -> bool {
        let digest = Sha256::digest(patient);
        let share = digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte));
        share % u64::from(self.of) == u64::from(self.number - 1)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "part {} of {}", self.number, self.of)
    }
}

impl FromStr for Part {
    type Err = String;

    /// `3/16`.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let numbers = numbers.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        match numbers {
            Some((number, of)) if number >= 1 && number <= of => Ok(Self { number, of }),
            _ => Err("expected a part and how many there are, such as 3/16".to_owned()),
        }
    }
}

/// What the folder of a part says of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartFile {
    #[serde(flatten)]
    pub(crate) part: Part,
    /// What its last run came to; none while one is at work, or when one has failed.
    pub(crate) done: Option<Value>,
}

impl PartFile {
    /// That of a folder; none where it is no part's.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context(format!("{}: cannot be read", path.display())),
        };
        serde_json::from_slice(&text).map(Some).with_context(|| {
            format!(
                "{}: cannot be understood; remove the folder and run the part again",
                path.display()
            )
        })
    }

    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        whole(&folder.join(FILE), &serde_json::to_vec(self)?)
    }

    /// Lets a part count as not run, since its lake has changed.
    pub(crate) fn reopen(folder: &Path) -> anyhow::Result<()> {
        match Self::read(folder)? {
            Some(file) => Self { done: None, ..file }.write(folder),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_patient_is_of_one_part_and_parts_are_about_equal() {
        let patients: Vec<String> = (0..10_000).map(|n| format!("VX-{n:05}")).collect();
        for of in [1, 3, 16] {
            let parts: Vec<Part> = (1..=of).map(|number| Part { number, of }).collect();
            let mut counts = vec![0; parts.len()];
            for patient in &patients {
                let theirs: Vec<usize> =
                    (0..parts.len()).filter(|part| parts[*part].has(patient)).collect();
                assert_eq!(theirs.len(), 1);
                counts[theirs[0]] += 1;
            }
            let mean = patients.len() / parts.len();
            assert!(counts.iter().all(|n| n * 8 > mean * 7 && n * 8 < mean * 9), "{counts:?}");
        }
    }

    #[test]
    fn a_part_is_two_numbers() {
        assert_eq!("3/16".parse(), Ok(Part { number: 3, of: 16 }));
        for text in ["", "3", "0/3", "4/3", "1/0", "a/b", "1/2/3", "1/100000"] {
            assert!(text.parse::<Part>().unwrap_err().contains("3/16"), "{text}");
        }
    }
}
