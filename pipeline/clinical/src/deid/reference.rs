//! Ids and references: what a gate makes of them.

use super::{Gate, codes};

impl Gate {
    /// Pseudonym of an id; `None` without a key.
    pub(crate) fn pseudonym(&mut self, kind: &str, id: &str) -> Option<String> {
        let pseudonym = self.key.as_ref()?.pseudonym(kind, id);
        if let Some(map) = &mut self.map {
            map.insert(pseudonym.clone(), kind, id);
        }
        Some(pseudonym)
    }

    /// A reference with a pseudonym: `TYPE/id` (the base of a server's URL goes), `urn:uuid:` and `#id`. `None` where it may not pass.
    pub(crate) fn reference(&mut self, text: &str) -> Option<String> {
        if text == "#" {
            return Some(text.to_owned());
        }
        if let Some(id) = text.strip_prefix('#') {
            return self.keyed("#", id).map(|id| format!("#{id}"));
        }
        if let Some(known) = self.urls.get(text).cloned() {
            return self.reference(&known);
        }
        if let Some(id) = text.strip_prefix("urn:uuid:") {
            return self.keyed("", id).map(|id| format!("urn:uuid:{id}"));
        }
        if text.contains(['?', '@', ' ']) {
            return None;
        }
        let current = text.split_once("/_history/").map_or(text, |(current, _)| current);
        let (before, id) = current.rsplit_once('/')?;
        let kind = before.rsplit('/').next()?;
        let letters = kind.len() <= 40 && kind.bytes().all(|b| b.is_ascii_alphabetic());
        if !letters || !kind.starts_with(|c: char| c.is_ascii_uppercase()) || !codes::is_id(id) {
            return None;
        }
        self.keyed(kind, id).map(|id| format!("{kind}/{id}"))
    }

    /// The pseudonym; without a key the id itself, unless it is no pseudonym by its looks.
    fn keyed(&mut self, kind: &str, id: &str) -> Option<String> {
        let harmless = self.id_is_harmless(id);
        self.pseudonym(kind, id).or_else(|| harmless.then(|| id.to_owned()))
    }

    /// Whether an id can be a pseudonym by its looks: no identifier, and no name that the records give to a person.
    pub(crate) fn id_is_harmless(&self, id: &str) -> bool {
        codes::is_id(id) && !codes::is_identifying_id(id) && !self.scanner.has_name(id)
    }
}
