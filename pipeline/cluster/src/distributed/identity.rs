//! What results depend on beside the rows: two machines that differ in it must not work on one run.

use serde::{Deserialize, Serialize};

/// Versions and hashes of what functions ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Version of vaxloom.
    pub program: String,
    /// Predictor of class I and the version of its weights.
    pub model: String,
    /// The same of class II.
    pub class_two: String,
    /// SHA-256 of what the reference and its proteome were made from.
    pub reference: String,
    /// SHA-256 of the epitopes that T cells are known to answer.
    pub epitopes: String,
}

/// What a resource is where none was given.
pub const NONE: &str = "none";

impl Identity {
    /// What is another there than here, each with both sides named.
    pub fn differences(&self, here: &str, other: &Self, there: &str) -> Option<String> {
        let parts = [
            ("vaxloom", &self.program, &other.program),
            ("model of class I", &self.model, &other.model),
            ("model of class II", &self.class_two, &other.class_two),
            ("reference", &self.reference, &other.reference),
            ("epitopes", &self.epitopes, &other.epitopes),
        ];
        let different = parts.iter().filter(|(_, own, others)| own != others);
        let told: Vec<String> = different
            .map(|(part, own, others)| format!("{part}: {own} {here}, {others} {there}"))
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

/// What every request says of the program that makes it. Ballista's connections carry one text of ours, their user agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Caller {
    /// Host and port of an executor, or `client`.
    pub(super) name: String,
    pub(super) identity: Identity,
    /// The secret that all members of the cluster share.
    pub(super) token: Option<String>,
}

const PREFIX: &str = "vaxloom ";

impl Caller {
    /// As a user agent.
    pub(super) fn header(&self) -> String {
        format!("{PREFIX}{}", serde_json::to_string(self).unwrap_or_default())
    }

    /// Of a user agent, which ends with the words of the library that sends it.
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let text = header.strip_prefix(PREFIX)?;
        serde_json::from_str(&text[..=text.rfind('}')?]).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn identity() -> Identity {
        let text = str::to_owned;
        Identity {
            program: text("1.0.0"),
            model: text("mhc1-presentation/base 3"),
            class_two: text("mhc2-presentation/base 2"),
            reference: text("aaaa"),
            epitopes: text(NONE),
        }
    }

    #[test]
    fn what_differs_is_named_with_both_sides() {
        let own = identity();
        assert_eq!(own.differences("here", &own, "there"), None);
        let cases = [
            (
                Identity { program: "1.1.0".into(), ..identity() },
                "vaxloom: 1.0.0 here, 1.1.0 there",
            ),
            (
                Identity { model: "mhc1-presentation/base 4".into(), ..identity() },
                "model of class I: mhc1-presentation/base 3 here, mhc1-presentation/base 4 there",
            ),
            (
                Identity { reference: NONE.into(), epitopes: "bbbb".into(), ..identity() },
                "reference: aaaa here, none there; epitopes: none here, bbbb there",
            ),
        ];
        for (other, told) in cases {
            assert_eq!(own.differences("here", &other, "there").as_deref(), Some(told));
        }
    }

    #[test]
    fn a_caller_is_read_as_it_was_told() {
        for token in [None, Some("secret }".to_owned())] {
            let caller = Caller { name: "node1:50051".into(), identity: identity(), token };
            let header = format!("{} tonic/0.14.9", caller.header());
            assert_eq!(Caller::of_header(&header), Some(caller));
        }
        for header in
            ["", "curl/8.0", "vaxloom ", "vaxloom {}", "vaxloom {\"name\": 1} tonic/0.14.9"]
        {
            assert_eq!(Caller::of_header(header), None, "{header}");
        }
    }
}
