//! Where a text names a patient.

use std::collections::BTreeSet;

/// A pseudonym, to be found in any text, and not in those of other patients whose names begin with it.
#[derive(Debug, Clone)]
pub struct Mention {
    pseudonym: String,
    /// Longer names of other patients that hold this one.
    others: Vec<String>,
}

impl Mention {
    /// Of a pseudonym among those of a lake.
    pub fn new(pseudonym: &str, patients: &BTreeSet<String>) -> Self {
        let longer = |id: &&String| id.len() > pseudonym.len() && id.contains(pseudonym);
        Self {
            pseudonym: pseudonym.to_owned(),
            others: patients.iter().filter(longer).cloned().collect(),
        }
    }

    /// Whether a text names the patient: the pseudonym with no letter or digit beside it.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.places(text).next().is_some()
    }

    /// The text without the name.
    pub fn cut_from(&self, text: &str) -> String {
        let mut cut = String::with_capacity(text.len());
        let mut end = 0;
        for place in self.places(text.as_bytes()) {
            cut.push_str(&text[end..place]);
            cut.push_str("forgotten");
            end = place + self.pseudonym.len();
        }
        cut + &text[end..]
    }

    fn places<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
        let name = self.pseudonym.as_bytes();
        let first = name.first().copied().unwrap_or_default();
        let starts = text.iter().enumerate().filter(move |(_, byte)| **byte == first);
        starts.map(|(at, _)| at).filter(move |&at| {
            let alone = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
            text[at..].starts_with(name)
                && alone(at.checked_sub(1).and_then(|before| text.get(before)))
                && alone(text.get(at + name.len()))
                && !self.within_another(text, at)
        })
    }

    fn within_another(&self, text: &[u8], at: usize) -> bool {
        self.others.iter().any(|other| {
            let mut offsets = other.match_indices(&self.pseudonym).map(|(offset, _)| offset);
            offsets.any(|offset| at >= offset && text[at - offset..].starts_with(other.as_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_it_stands_alone() {
        let patients = ["VX-1", "VX-1-B", "A.VX-1", "VX-12"].map(str::to_owned).into();
        let mention = Mention::new("VX-1", &patients);
        for named in ["VX-1", "vcf/VX-1.vcf.gz", "VX-1-T", "\"VX-1\"", "VX-12 VX-1", "\u{1}\0VX-1V"]
        {
            let expected = !named.ends_with('V');
            assert_eq!(mention.is_in(named.as_bytes()), expected, "{named}");
        }
        for other in ["", "VX-12", "XVX-1", "VX-1-B", "vcf/VX-1-B.vcf", "A.VX-1", "VX-1a"] {
            assert!(!mention.is_in(other.as_bytes()), "{other}");
        }
        assert_eq!(mention.cut_from("VX-1,VX-12,VX-1-B,VX-1"), "forgotten,VX-12,VX-1-B,forgotten");
    }
}
