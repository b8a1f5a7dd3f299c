//! Who may ask, and for what: users, hashed tokens, certificates, roles and the patients each may see.
//!
//! All of it stands in one TOML file that is read again when it changes:
//!
//! ```toml
//! cohorts = "cohorts.csv"               # patient_id,cohort,consent,data_use: who may be seen at all; optional
//!
//! [[user]]
//! name = "rosalind"
//! role = "researcher"                   # aggregates behind the privacy gate
//! token = "sha256:4bf5..."              # made by: vaxloom serve token
//! certificate = "sha256:11aa..."        # SHA-256 of the client's certificate (DER); optional beside a token, or instead of one
//! expires = "2027-06-30T00:00:00Z"
//!
//! [role.researcher]
//! cohorts = ["melanoma"]                # only patients of these; all where it is not there
//! data_use = ["GRU", "HMB"]             # only patients whose terms of use have one of these
//! ```
//!
//! The roles `researcher` and `analyst` (rows) are there without a table; any other says `access = "aggregates"` or `"rows"`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::ServeError;
use super::audit::hex;

/// A new token, and what the file of users says of it.
#[derive(Debug)]
pub struct Token {
    /// For the user: 256 random bits.
    pub secret: String,
    /// For the file.
    pub hash: String,
}

/// Makes a token.
pub fn token() -> Result<Token, ServeError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| ServeError::Protocol(error.to_string()))?;
    let secret = format!("vx_{}", hex(&bytes));
    Ok(Token { hash: hash(secret.as_bytes()), secret })
}

/// A token has 256 random bits, so that its hash needs no salt and no slowness.
pub(super) fn hash(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// What a role is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Access {
    /// Aggregates over patients, behind the privacy gate.
    Aggregates,
    /// Rows.
    Rows,
}

/// Somebody who was let in.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) access: Access,
    /// The only patients whose rows are there, as a table with `patient_id`.
    pub(super) patients: Option<Arc<dyn TableProvider>>,
}

/// What a caller shows.
#[derive(Debug, Default)]
pub(super) struct Credentials<'a> {
    pub(super) token: Option<&'a str>,
    /// Hash of the certificate that TLS has checked.
    pub(super) certificate: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cohorts: Option<PathBuf>,
    #[serde(default)]
    user: Vec<Entry>,
    #[serde(default)]
    role: BTreeMap<String, Role>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    role: String,
    token: Option<String>,
    certificate: Option<String>,
    expires: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    access: Option<Access>,
    cohorts: Option<Vec<String>>,
    data_use: Option<Vec<String>>,
}

/// A row of the file of cohorts.
#[derive(Debug, Deserialize)]
struct Member {
    patient_id: String,
    cohort: String,
    consent: String,
    data_use: String,
}

#[derive(Debug)]
struct Known {
    token: Option<String>,
    certificate: Option<String>,
    expires: Option<DateTime<Utc>>,
    user: User,
}

/// The file of users, and what it said when it was last read.
#[derive(Debug)]
pub struct Authority {
    path: PathBuf,
    read: RwLock<Read>,
}

#[derive(Debug)]
struct Read {
    stamp: Stamp,
    cohorts: Option<PathBuf>,
    users: Vec<Known>,
}

type Stamp = Vec<Option<SystemTime>>;

impl Authority {
    /// Reads a file of users.
    pub fn open(path: &Path) -> Result<Self, ServeError> {
        Ok(Self { path: path.to_owned(), read: RwLock::new(read(path)?) })
    }

    /// Who it is, or why nobody.
    pub(super) fn user(&self, shown: &Credentials<'_>) -> Result<User, String> {
        self.refresh()?;
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        let token = shown.token.map(|token| hash(token.as_bytes()));
        let is = |known: &&Known| match (&known.token, &known.certificate) {
            (Some(_), _) => known.token == token,
            (None, Some(own)) => shown.token.is_none() && Some(own.as_str()) == shown.certificate,
            (None, None) => false,
        };
        let Some(known) = read.users.iter().find(is) else {
            return Err(match token {
                Some(_) => "unknown token",
                None => "no token, and no certificate of a user",
            }
            .to_owned());
        };
        let name = &known.user.name;
        if known.token.is_some()
            && known.certificate.is_some()
            && known.certificate.as_deref() != shown.certificate
        {
            return Err(format!("the token of {name} without that user's certificate"));
        }
        if known.expires.is_some_and(|end| end <= Utc::now()) {
            return Err(format!("the access of {name} has expired"));
        }
        Ok(known.user.clone())
    }

    /// A file that has changed is read again; one that has become unreadable lets nobody in.
    fn refresh(&self) -> Result<(), String> {
        let (stamp, cohorts) = {
            let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
            (read.stamp.clone(), read.cohorts.clone())
        };
        if stamped(&self.path, cohorts.as_deref()) == stamp {
            return Ok(());
        }
        let fresh = read(&self.path).map_err(|error| {
            tracing::error!("{error}");
            "the file of users cannot be read".to_owned()
        })?;
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

fn stamped(path: &Path, cohorts: Option<&Path>) -> Stamp {
    let modified = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    std::iter::once(path).chain(cohorts).map(modified).collect()
}

fn read(path: &Path) -> Result<Read, ServeError> {
    let text = fs::read_to_string(path).map_err(ServeError::io(path))?;
    let wrong = |message: String| ServeError::Access { path: path.to_owned(), message };
    let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let beside = |name: &PathBuf| path.parent().unwrap_or(Path::new(".")).join(name);
    let cohorts = file.cohorts.as_ref().map(beside);
    let stamp = stamped(path, cohorts.as_deref());
    let members = cohorts.as_deref().map(members).transpose()?;
    let mut users: Vec<Known> = Vec::new();
    for entry in &file.user {
        let user = known(entry, &file, members.as_deref()).map_err(wrong)?;
        // The trail must say who asked.
        let twice = |other: &&Known| {
            other.user.name == user.user.name
                || (other.token.is_some() && other.token == user.token)
                || (user.token.is_none()
                    && other.token.is_none()
                    && other.certificate == user.certificate)
        };
        if let Some(other) = users.iter().find(twice) {
            return Err(wrong(format!(
                "users {} and {} have one name, token or certificate; expected one of each for everyone",
                other.user.name, user.user.name
            )));
        }
        users.push(user);
    }
    Ok(Read { stamp, cohorts, users })
}

fn known(entry: &Entry, file: &File, members: Option<&[Member]>) -> Result<Known, String> {
    let name = &entry.name;
    let hashes = [&entry.token, &entry.certificate];
    let is_hash = |text: &String| {
        text.strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    if hashes.iter().all(|hash| hash.is_none()) {
        return Err(format!(
            "user {name} has neither token nor certificate; make a token with: vaxloom serve token"
        ));
    }
    if !hashes.into_iter().flatten().all(is_hash) {
        return Err(format!(
            "user {name}: expected sha256: and 64 hexadecimal digits, as vaxloom serve token prints them; the token itself must not stand here"
        ));
    }
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_lowercase());
    let expires = entry.expires.as_deref().map(|text| {
        DateTime::parse_from_rfc3339(text).map(|end| end.with_timezone(&Utc)).map_err(|_| {
            format!("user {name}: expires is {text:?}, expected a time like 2027-06-30T00:00:00Z")
        })
    });
    let nothing = Role::default();
    let role = file.role.get(&entry.role);
    let access = match (role.and_then(|role| role.access), entry.role.as_str()) {
        (Some(access), _) => access,
        (None, "researcher") => Access::Aggregates,
        (None, "analyst") => Access::Rows,
        (None, other) => {
            return Err(format!(
                "user {name} has the role {other}, of which the file says nothing; expected researcher, analyst, or a table [role.{other}] with access"
            ));
        }
    };
    let user = User {
        name: name.clone(),
        role: entry.role.clone(),
        access,
        patients: patients(role.unwrap_or(&nothing), members)?,
    };
    let (token, certificate) = (lower(&entry.token), lower(&entry.certificate));
    Ok(Known { token, certificate, expires: expires.transpose()?, user })
}

fn members(path: &Path) -> Result<Vec<Member>, ServeError> {
    let wrong = |error: csv::Error| ServeError::Access {
        path: path.to_owned(),
        message: format!("{error}; expected the columns patient_id,cohort,consent,data_use"),
    };
    let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(wrong)
}

/// The patients that a role may see, where the file has cohorts: those who consent, in the role's cohorts and on its terms.
fn patients(
    role: &Role,
    members: Option<&[Member]>,
) -> Result<Option<Arc<dyn TableProvider>>, String> {
    let Some(members) = members else {
        if role.cohorts.is_some() || role.data_use.is_some() {
            return Err(
                "a role has cohorts or data_use, and the file names no cohorts = \"FILE.csv\""
                    .to_owned(),
            );
        }
        return Ok(None);
    };
    let seen = |member: &&Member| {
        let cohort = role.cohorts.as_ref().is_none_or(|all| all.contains(&member.cohort));
        let terms = role.data_use.as_ref().is_none_or(|all| {
            member.data_use.split(';').any(|term| all.iter().any(|one| one == term.trim()))
        });
        member.consent == "granted" && cohort && terms
    };
    let ids: StringArray = members.iter().filter(seen).map(|m| Some(&m.patient_id)).collect();
    let schema = Arc::new(Schema::new(vec![Field::new("patient_id", DataType::Utf8, false)]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(ids)]);
    let table =
        batch.map_err(Into::into).and_then(|batch| MemTable::try_new(schema, vec![vec![batch]]));
    Ok(Some(Arc::new(table.map_err(|error| error.to_string())?)))
}
