//! References between resources: `TYPE/id`, `urn:uuid:...` and absolute URLs become one form, `TYPE/id`.

use std::collections::HashMap;

/// The `fullUrl`s of Bundle entries and the resources that they name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Index {
    by_file: HashMap<(String, String), String>,
    /// `None` where two files give one URL to different resources.
    anywhere: HashMap<String, Option<String>>,
}

impl Index {
    /// Notes that `url` in `file` names the resource `key` (`TYPE/id`).
    pub(crate) fn insert(&mut self, file: &str, url: &str, key: &str) {
        self.by_file.insert((file.to_owned(), url.to_owned()), key.to_owned());
        self.anywhere
            .entry(url.to_owned())
            .and_modify(|known| {
                if known.as_deref() != Some(key) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(key.to_owned()));
    }

    /// The `TYPE/id` behind a reference made in `file`. A URL is looked up among the `fullUrl`s of the file,
    /// then among those of the folder; a URL that nothing answers to stays as it is.
    pub(crate) fn normalise(&self, file: &str, reference: &str) -> String {
        if !is_absolute(reference) {
            return without_version(reference).to_owned();
        }
        self.by_file
            .get(&(file.to_owned(), reference.to_owned()))
            .or_else(|| self.anywhere.get(reference)?.as_ref())
            .map_or_else(|| reference.to_owned(), Clone::clone)
    }
}

fn is_absolute(reference: &str) -> bool {
    reference.starts_with("urn:") || reference.contains("://")
}

fn without_version(reference: &str) -> &str {
    reference.split_once("/_history/").map_or(reference, |(resource, _)| resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_lead_to_type_and_id() {
        let mut index = Index::default();
        index.insert("a.json", "urn:uuid:1", "Patient/p1");
        index.insert("b.json", "urn:uuid:1", "Patient/p2");
        index.insert("a.json", "https://ehr.example/fhir/Patient/p1", "Patient/p1");
        for (file, reference, expected) in [
            ("c.ndjson", "Patient/p1", "Patient/p1"),
            ("c.ndjson", "Patient/p1/_history/2", "Patient/p1"),
            ("a.json", "urn:uuid:1", "Patient/p1"),
            ("b.json", "urn:uuid:1", "Patient/p2"),
            // Two Bundles disagree: from a third file the reference is not guessed.
            ("c.ndjson", "urn:uuid:1", "urn:uuid:1"),
            ("c.ndjson", "https://ehr.example/fhir/Patient/p1", "Patient/p1"),
            // Another server's Patient/p1 is another person.
            ("c.ndjson", "https://other.example/Patient/p1", "https://other.example/Patient/p1"),
        ] {
            assert_eq!(index.normalise(file, reference), expected, "{file} {reference}");
        }
    }
}
