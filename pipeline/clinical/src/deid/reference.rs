//! Ids and references: what a gate makes of them.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::{Gate, codes};
use crate::pseudonym::{ProjectKey, is_uuid};

/// Pseudonyms of ids that came lately: what is told of a patient or a visit stands together, and says its id again and again.
#[derive(Debug)]
pub(crate) struct Lately {
    /// By hash of type and id.
    slots: Vec<Option<Slot>>,
}

#[derive(Debug)]
struct Slot {
    kind: Box<str>,
    id: Box<str>,
    pseudonym: Box<str>,
}

impl Default for Lately {
    fn default() -> Self {
        Self { slots: (0..1024).map(|_| None).collect() }
    }
}

impl Lately {
    fn pseudonym(&mut self, key: &ProjectKey, kind: &str, id: &str) -> String {
        let place = FixedState::default().hash_one((kind, id)) as usize % self.slots.len();
        let slot = &mut self.slots[place];
        if let Some(Slot { pseudonym, .. }) =
            slot.as_ref().filter(|slot| &*slot.id == id && &*slot.kind == kind)
        {
            return pseudonym.to_string();
        }
        let pseudonym = key.pseudonym(kind, id);
        *slot =
            Some(Slot { kind: kind.into(), id: id.into(), pseudonym: pseudonym.as_str().into() });
        pseudonym
    }
}

impl Gate {
    /// Pseudonym of an id; `None` without a key.
    pub(crate) fn pseudonym(&mut self, kind: &str, id: &str) -> Option<String> {
        let key = self.key.as_ref()?;
        let pseudonym = self.lately.pseudonym(key, kind, id);
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
        if text.starts_with("urn:") {
            if let Some(known) = self.urls.get(text).cloned() {
                return self.reference(&known);
            }
            let id = text.strip_prefix("urn:uuid:")?;
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
        match self.pseudonym(kind, id) {
            None => self.id_is_harmless(id).then(|| id.to_owned()),
            pseudonym => pseudonym,
        }
    }

    /// Whether an id can be a pseudonym by its looks: no identifier, and no name that the records give to a person.
    pub(crate) fn id_is_harmless(&self, id: &str) -> bool {
        // A UUID is drawn by chance: what looks like a word in it is none.
        is_uuid(id)
            || (codes::is_id(id) && !codes::is_identifying_id(id) && !self.scanner.has_name(id))
    }
}
