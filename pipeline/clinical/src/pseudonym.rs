//! Pseudonyms: ids and references by HMAC-SHA-256 under a project's secret key.
//!
//! Under one key the same id of the same type always becomes the same pseudonym, whatever file or source it stands in; under another
//! key it becomes another, so that two projects cannot be joined. There is no way back but the [`PseudonymMap`], which is kept only
//! where it is asked for, encrypted under a key of its own.
//!
//! Sources: RFC 2104, FIPS 180-4 (HMAC-SHA-256); RFC 8439 and draft-irtf-cfrg-xchacha (XChaCha20-Poly1305).

mod key;
mod map;

pub use key::{KeyError, ProjectKey};
pub(crate) use key::{hex, is_uuid};
pub use map::{MapError, PseudonymMap, read_map_key};

use std::collections::BTreeMap;

/// Old pseudonym to new pseudonym, for the rotation of a key: every table that holds the left side gets the right side.
///
/// `ids` are `(type, id)` of the sources, or of a [`PseudonymMap`]: pseudonyms alone do not say whose they are.
pub fn rekey<'i>(
    ids: impl IntoIterator<Item = (&'i str, &'i str)>,
    old: &ProjectKey,
    new: &ProjectKey,
) -> BTreeMap<String, String> {
    ids.into_iter().map(|(kind, id)| (old.pseudonym(kind, id), new.pseudonym(kind, id))).collect()
}

#[cfg(test)]
mod tests;
