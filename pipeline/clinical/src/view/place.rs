//! Places in the JSON of a view, such as `select[0].column[1].path`.

use super::ViewFault;

/// A fault with its place.
pub(crate) type Placed<T> = Result<T, (String, ViewFault)>;

/// The path to an element, linked to that of its parent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place(String);

impl Place {
    pub(crate) fn key(&self, key: &str) -> Self {
        Self(if self.0.is_empty() { key.to_owned() } else { format!("{}.{key}", self.0) })
    }

    pub(crate) fn item(&self, key: &str, index: usize) -> Self {
        Self(format!("{}[{index}]", self.key(key).0))
    }

    pub(crate) fn fault<T>(&self, fault: ViewFault) -> Placed<T> {
        Err((self.text(), fault))
    }

    pub(crate) fn text(&self) -> String {
        if self.0.is_empty() { "$".to_owned() } else { self.0.clone() }
    }
}
