//! A policy's file, and what must hold of it: errors say its name and line.

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::{BEST_COLUMNS, PolicyError, RawPolicy, RawSort, RawTier, rule};

/// The file under check.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    pub(crate) fn toml<T: DeserializeOwned>(&self) -> Result<T, PolicyError> {
        toml::from_str(self.text).map_err(|error| PolicyError::Toml {
            file: self.file.to_owned(),
            line: self.line(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })
    }

    /// 1-based line of a byte.
    pub(crate) fn line(&self, byte: usize) -> usize {
        1 + self.text.bytes().take(byte).filter(|&b| b == b'\n').count()
    }

    pub(crate) fn unknown(
        &self,
        word: &Spanned<String>,
        kind: &'static str,
        known: &[&str],
    ) -> PolicyError {
        PolicyError::Unknown {
            file: self.file.to_owned(),
            line: self.line(word.span().start),
            kind,
            found: word.get_ref().clone(),
            expected: known.join(", "),
        }
    }

    pub(crate) fn contradiction<T>(&self, place: &Spanned<T>, message: String) -> PolicyError {
        let (file, line) = (self.file.to_owned(), self.line(place.span().start));
        PolicyError::Contradiction { file, line, message }
    }

    pub(super) fn check(&self, policy: &RawPolicy) -> Result<(), PolicyError> {
        let file = || self.file.to_owned();
        let Some(last) = policy.tier.last() else {
            return Err(PolicyError::NoTier { file: file() });
        };
        self.check_names(&policy.tier)?;
        for tier in &policy.tier {
            let line = self.line(tier.when.span().start);
            let tier_name = tier.name.get_ref().clone();
            if let Err(reason) = rule::check(tier.when.get_ref()) {
                return Err(PolicyError::Rule { file: file(), line, tier: tier_name, reason });
            }
            if rule::is_always_true(tier.when.get_ref()) != std::ptr::eq(tier, last) {
                return Err(PolicyError::CatchAll { file: file(), line, tier: tier_name });
            }
        }
        self.check_reached(&policy.tier)?;
        if policy.tier.iter().all(|tier| !tier.candidate) {
            return Err(PolicyError::NoCandidate { file: file() });
        }
        let strange =
            policy.best.iter().find(|key| !BEST_COLUMNS.contains(&key.by.get_ref().as_str()));
        if let Some(key) = strange {
            return Err(self.unknown(&key.by, "column of [[best]]", &BEST_COLUMNS));
        }
        self.check_sorts(&policy.sort)
    }

    pub(super) fn check_columns(
        &self,
        rule: &Spanned<String>,
        columns: &[&str],
    ) -> Result<(), PolicyError> {
        let named = rule::columns(rule.get_ref());
        let Some((place, found)) = named
            .into_iter()
            .find(|(_, name)| !columns.iter().any(|column| column.eq_ignore_ascii_case(name)))
        else {
            return Ok(());
        };
        // A rule of several lines begins after its opening quotes.
        let start =
            rule.span().start + self.text[rule.span()].find(rule.get_ref().as_str()).unwrap_or(0);
        Err(PolicyError::Unknown {
            file: self.file.to_owned(),
            line: self.line(start + place),
            kind: "column",
            found: found.to_owned(),
            expected: columns.join(", "),
        })
    }

    /// No two tiers ask for the same: the later one would take no mutation.
    fn check_reached(&self, tiers: &[RawTier]) -> Result<(), PolicyError> {
        let words = |tier: &RawTier| -> Vec<String> {
            tier.when.get_ref().split_whitespace().map(str::to_owned).collect()
        };
        for (place, tier) in tiers.iter().enumerate() {
            if let Some(before) = tiers[..place].iter().find(|before| words(before) == words(tier))
            {
                let (later, before) = (tier.name.get_ref(), before.name.get_ref());
                let message =
                    format!("tier {later} is never reached: its rule is that of {before}");
                return Err(self.contradiction(&tier.when, message));
            }
        }
        Ok(())
    }

    fn check_names(&self, tiers: &[RawTier]) -> Result<(), PolicyError> {
        for (place, tier) in tiers.iter().enumerate() {
            let (file, line) = (self.file.to_owned(), self.line(tier.name.span().start));
            let name = tier.name.get_ref();
            if name.trim().is_empty() {
                return Err(PolicyError::NoName { file, line });
            }
            if tiers[..place].iter().any(|earlier| earlier.name.get_ref() == name) {
                return Err(PolicyError::DuplicateTier { file, line, tier: name.clone() });
            }
        }
        Ok(())
    }

    fn check_sorts(&self, sorts: &[RawSort]) -> Result<(), PolicyError> {
        let is_column = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let wrong = sorts
            .iter()
            .find(|sort| sort.by.get_ref().is_empty() || !sort.by.get_ref().chars().all(is_column));
        let Some(sort) = wrong else { return Ok(()) };
        let (file, line) = (self.file.to_owned(), self.line(sort.by.span().start));
        Err(PolicyError::Column { file, line, found: sort.by.get_ref().clone() })
    }
}
