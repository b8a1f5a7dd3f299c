//! What a gate does: the built-in profiles, and those of a TOML file.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize;

/// Three-digit postal areas of 20,000 people or fewer. The union of two lists: 17 of the Census 2000 (the guidance of the US Office for
/// Civil Rights) and 14 of a newer one that Microsoft's and Cumulus' tools use.
pub const SMALL_AREAS: [&str; 19] = [
    "036", "059", "063", "102", "203", "205", "369", "556", "692", "790", "821", "823", "830",
    "831", "878", "879", "884", "890", "893",
];

/// What becomes of dates.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Dates {
    /// The year stays (Safe Harbor).
    Year,
    /// All dates of a patient are moved by the same secret number of days. This is no Safe Harbor.
    Shift,
    /// Dates stay.
    Keep,
}

/// What becomes of postal codes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum PostalCodes {
    /// Three digits, `000` for small areas (Safe Harbor).
    Zip3,
    /// They stay (a limited dataset may have them).
    Keep,
    /// They go.
    Remove,
}

/// What becomes of text.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// It goes.
    Remove,
    /// It stays where a search finds nothing identifying. A bare name that no record names and no title stands beside is not found.
    Scan,
    /// The same, and where its words are known terms of medicine (or the profile's): a bare name is none. Where no code of a public system
    /// stands beside a text, words in small letters must be known too. The lists are English.
    Known,
}

/// The settings of a gate.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Profile {
    /// Name, for reports: `safe-harbor`, `limited-dataset`, or that of the TOML file's `name`.
    pub name: String,
    /// Dates.
    pub dates: Dates,
    /// Ages over 89, and years that tell one, become 90.
    pub cap_ages: bool,
    /// Postal codes.
    pub postal_codes: PostalCodes,
    /// Three-digit areas that become `000`.
    pub small_areas: BTreeSet<String>,
    /// Cities stay (a limited dataset may have them).
    pub keep_city: bool,
    /// Short texts: displays, texts of coded values, values that are text.
    pub labels: Text,
    /// Text that people write: conclusions, instructions, onset in words. Narrative and annotations always go.
    pub notes: Text,
    /// URLs of extensions that may pass as well; a trailing `*` for all that begin so.
    pub extensions: Vec<String>,
    /// Beginnings of URIs that may pass as well as systems and profiles.
    pub systems: Vec<String>,
    /// Words that are known terms as well.
    pub terms: BTreeSet<String>,
    /// Elements that may pass as well, searched as text: `Organization.name`.
    pub elements: BTreeSet<String>,
    /// Share of a batch's resources that may be in quarantine before the batch is refused.
    pub max_quarantined: f64,
}

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error(
        "{file}: cannot be read ({kind}); give safe-harbor, limited-dataset or the path of a TOML file"
    )]
    Io {
        /// The file.
        file: String,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// The file is no profile.
    #[error("{file}: {message}")]
    Toml {
        /// The file.
        file: String,
        /// What the parser says: place, what was found, what was expected. A profile holds no records.
        message: String,
    },
}

impl Default for Profile {
    fn default() -> Self {
        Self::safe_harbor()
    }
}

impl Profile {
    /// 45 CFR 164.514(b)(2), Safe Harbor: the default.
    pub fn safe_harbor() -> Self {
        Self {
            name: "safe-harbor".to_owned(),
            dates: Dates::Year,
            cap_ages: true,
            postal_codes: PostalCodes::Zip3,
            small_areas: SMALL_AREAS.into_iter().map(str::to_owned).collect(),
            keep_city: false,
            labels: Text::Known,
            notes: Text::Remove,
            extensions: Vec::new(),
            systems: Vec::new(),
            terms: BTreeSet::new(),
            elements: BTreeSet::new(),
            max_quarantined: 0.05,
        }
    }

    /// 45 CFR 164.514(e), under a data use agreement: dates (moved), cities, postal codes and ages stay.
    pub fn limited_dataset() -> Self {
        Self {
            name: "limited-dataset".to_owned(),
            dates: Dates::Shift,
            cap_ages: false,
            postal_codes: PostalCodes::Keep,
            keep_city: true,
            ..Self::safe_harbor()
        }
    }

    /// `safe-harbor`, `limited-dataset`, or the path of a TOML file, whose keys are those of this struct in kebab-case and whose missing
    /// keys are those of `safe-harbor`.
    pub fn named(name: &str) -> Result<Self, ProfileError> {
        match name {
            "safe-harbor" => Ok(Self::safe_harbor()),
            "limited-dataset" => Ok(Self::limited_dataset()),
            file => Self::read(Path::new(file)),
        }
    }

    fn read(path: &Path) -> Result<Self, ProfileError> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| ProfileError::Io { file: file.clone(), kind: error.kind() })?;
        let mut profile: Self = toml::from_str(&text).map_err(|error| ProfileError::Toml {
            file: file.clone(),
            message: error.to_string(),
        })?;
        if profile.name == "safe-harbor" || profile.name == "limited-dataset" {
            profile.name = format!("custom ({file})");
        }
        let wrong = |message: &str| {
            Err(ProfileError::Toml { file: file.clone(), message: message.to_owned() })
        };
        if !(0.0..=1.0).contains(&profile.max_quarantined) {
            return wrong("max-quarantined is a share between 0 and 1");
        }
        if !profile
            .small_areas
            .iter()
            .all(|area| area.len() == 3 && area.bytes().all(|b| b.is_ascii_digit()))
        {
            return wrong(
                "small-areas are the first three digits of postal codes, such as \"036\"",
            );
        }
        Ok(profile)
    }
}
