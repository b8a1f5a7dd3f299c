//! A file of rules as it is written, and what must hold of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{
    Check, Choice, Condition, Included, Key, KeyValue, Limits, Metric, Order, Rules, Strategy,
    Summary, Tier, TranscriptFlag,
};
use crate::policy::{PolicyError, Source};

type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    name: String,
    description: String,
    summary: Summary,
    strategy: Strategy,
    reported: Vec<Word>,
    transcripts: Vec<TranscriptFlag>,
    limits: Spanned<RawLimits>,
    checks: BTreeMap<Word, Vec<Word>>,
    best_peptide: RawChoice,
    included: RawIncluded,
    sort: RawSort,
    #[serde(default)]
    tier: Vec<RawTier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    ic50: Option<f64>,
    combined_percentile: Option<f64>,
    binding_percentile: Option<f64>,
    immunogenicity_percentile: Option<f64>,
    presentation_percentile: Option<f64>,
    #[serde(default)]
    allele_specific_ic50: bool,
    tsl: u8,
    allele_expression: f64,
    rna_depth: f64,
    rna_depth_needed: bool,
    rna_vaf: f64,
    copy_neutral_vaf: f64,
    clonal_vaf: f64,
    subclonal: f64,
    anchor_changes: usize,
    anchor_contribution: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    prefer: Vec<Word>,
    ranks: Vec<Word>,
    then: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIncluded {
    ic50: f64,
    peptides: usize,
    prefer: Vec<Word>,
    ranks: Vec<Word>,
    then: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSort {
    tiers: Spanned<Vec<Word>>,
    ranks: Vec<Word>,
    then: Vec<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    name: Word,
    #[serde(default)]
    pass: Vec<Word>,
    #[serde(default)]
    fail: Vec<Word>,
}

pub(super) fn read(file: &str, text: &str) -> Result<Rules, PolicyError> {
    let source = Source { file, text };
    let raw: RawRules = source.toml()?;
    let checks: Result<_, PolicyError> =
        raw.checks.iter().map(|(name, metrics)| check(&source, name, metrics)).collect();
    Reader { source, checks: checks? }.rules(raw)
}

fn check(source: &Source<'_>, name: &Word, metrics: &[Word]) -> Result<Check, PolicyError> {
    let taken = Condition::NAMED.iter().any(|(known, _)| known == name.get_ref());
    if taken || metrics.is_empty() {
        let reason = if taken { "has a name that is taken" } else { "has no metric" };
        return Err(source.contradiction(name, format!("check {} {reason}", name.get_ref())));
    }
    let metrics = metrics.iter().map(|word| metric(source, word)).collect::<Result<_, _>>()?;
    Ok(Check { name: name.get_ref().clone(), metrics })
}

fn metric(source: &Source<'_>, word: &Word) -> Result<Metric, PolicyError> {
    let known = Metric::ALL.into_iter().find(|metric| metric.name() == word.get_ref());
    known.ok_or_else(|| source.unknown(word, "metric", &Metric::ALL.map(Metric::name)))
}

struct Reader<'a> {
    source: Source<'a>,
    checks: Vec<Check>,
}

impl Reader<'_> {
    fn rules(self, raw: RawRules) -> Result<Rules, PolicyError> {
        let tiers = self.tiers(&raw.tier)?;
        let tier_order = self.tier_order(&raw.sort.tiers, &tiers)?;
        let reported = raw
            .reported
            .iter()
            .map(|word| metric(&self.source, word))
            .collect::<Result<Vec<_>, _>>()?;
        let best_peptide =
            self.choice(&raw.best_peptide.prefer, &raw.best_peptide.ranks, &raw.best_peptide.then)?;
        let included = Included {
            ic50: raw.included.ic50,
            peptides: raw.included.peptides,
            choice: self.choice(&raw.included.prefer, &raw.included.ranks, &raw.included.then)?,
        };
        let sort =
            self.order(&raw.sort.ranks, &raw.sort.then, KeyValue::is_of_variant, &reported)?;
        self.all_reported(&raw.limits, &reported)?;
        Ok(Rules {
            name: raw.name,
            description: raw.description,
            summary: raw.summary,
            strategy: raw.strategy,
            reported,
            transcripts: raw.transcripts,
            limits: self.limits(&raw.limits)?,
            checks: self.checks,
            best_peptide,
            included,
            tier_order,
            sort,
            tiers,
        })
    }

    /// Tiers are made of the aggregated table: what a check asks for must be in it.
    fn all_reported(
        &self,
        limits: &Spanned<RawLimits>,
        reported: &[Metric],
    ) -> Result<(), PolicyError> {
        let missing = self
            .checks
            .iter()
            .flat_map(|check| &check.metrics)
            .chain(&[Metric::Ic50])
            .find(|metric| !reported.contains(metric));
        missing.map_or(Ok(()), |metric| {
            let message = format!("{} is asked for and not in `reported`", metric.name());
            Err(self.source.contradiction(limits, message))
        })
    }

    fn limits(&self, raw: &Spanned<RawLimits>) -> Result<Limits, PolicyError> {
        let limits = raw.get_ref();
        let metrics = [
            limits.ic50,
            limits.combined_percentile,
            limits.binding_percentile,
            limits.immunogenicity_percentile,
            limits.presentation_percentile,
        ];
        let shares = [
            limits.rna_vaf,
            limits.copy_neutral_vaf,
            limits.clonal_vaf,
            limits.subclonal,
            limits.anchor_contribution,
        ];
        let not_negative = metrics.iter().flatten().all(|limit| *limit > 0.0)
            && limits.allele_expression >= 0.0
            && limits.rna_depth >= 0.0;
        if !not_negative || !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
            let message = "a limit is negative, or a fraction is not from 0 to 1".to_owned();
            return Err(self.source.contradiction(raw, message));
        }
        if limits.clonal_vaf > limits.copy_neutral_vaf {
            let message = "clonal_vaf is above copy_neutral_vaf".to_owned();
            return Err(self.source.contradiction(raw, message));
        }
        Ok(Limits {
            metrics,
            allele_specific_ic50: limits.allele_specific_ic50,
            tsl: limits.tsl,
            allele_expression: limits.allele_expression,
            rna_depth: limits.rna_depth,
            rna_depth_needed: limits.rna_depth_needed,
            rna_vaf: limits.rna_vaf,
            copy_neutral_vaf: limits.copy_neutral_vaf,
            clonal_vaf: limits.clonal_vaf,
            subclonal: limits.subclonal,
            anchor_changes: limits.anchor_changes,
            anchor_contribution: limits.anchor_contribution,
        })
    }

    fn choice(
        &self,
        prefer: &[Word],
        ranks: &[Word],
        then: &[Word],
    ) -> Result<Choice, PolicyError> {
        let prefer = prefer
            .iter()
            .map(|word| self.condition(word, Condition::is_of_epitope))
            .collect::<Result<_, _>>()?;
        let order = self.order(ranks, then, KeyValue::is_of_epitope, &Metric::ALL)?;
        Ok(Choice { prefer, order })
    }

    fn order(
        &self,
        ranks: &[Word],
        then: &[Word],
        fits: fn(KeyValue) -> bool,
        metrics: &[Metric],
    ) -> Result<Order, PolicyError> {
        let keys = |words: &[Word], of_rank: bool| {
            let key = |word: &Word| {
                let key = self.key(word, fits, metrics)?;
                if of_rank && key.by.is_text() {
                    let message = format!("{} is text and has no rank", word.get_ref());
                    return Err(self.source.contradiction(word, message));
                }
                Ok(key)
            };
            words.iter().map(key).collect::<Result<Vec<_>, _>>()
        };
        Ok(Order { ranks: keys(ranks, true)?, then: keys(then, false)? })
    }

    fn key(
        &self,
        word: &Word,
        fits: fn(KeyValue) -> bool,
        metrics: &[Metric],
    ) -> Result<Key, PolicyError> {
        let descending = word.get_ref().starts_with('-');
        let name = word.get_ref().trim_start_matches('-');
        let metrics = metrics.iter().map(|metric| (metric.name(), KeyValue::Metric(*metric)));
        let conditions = Condition::NAMED
            .iter()
            .map(|(name, condition)| (*name, KeyValue::Condition(*condition)));
        let known: Vec<(&str, KeyValue)> = metrics
            .chain(KeyValue::NAMED)
            .chain(conditions)
            .filter(|(_, value)| fits(*value))
            .collect();
        let found = known.iter().find(|(known, _)| *known == name);
        let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        found
            .map(|(_, by)| Key { by: *by, descending })
            .ok_or_else(|| self.source.unknown(word, "column", &names()))
    }

    fn condition(
        &self,
        word: &Word,
        fits: fn(Condition) -> bool,
    ) -> Result<Condition, PolicyError> {
        let checks = self.checks.iter().enumerate();
        let checks = checks.map(|(place, check)| (check.name.as_str(), Condition::Metrics(place)));
        let known: Vec<(&str, Condition)> =
            checks.chain(Condition::NAMED).filter(|(_, condition)| fits(*condition)).collect();
        let found = known.iter().find(|(name, _)| *name == word.get_ref().as_str());
        let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        found
            .map(|(_, condition)| *condition)
            .ok_or_else(|| self.source.unknown(word, "check", &names()))
    }

    fn tiers(&self, raw: &[RawTier]) -> Result<Vec<Tier>, PolicyError> {
        let file = || self.source.file.to_owned();
        if raw.is_empty() {
            return Err(PolicyError::NoTier { file: file() });
        }
        let mut tiers: Vec<Tier> = Vec::with_capacity(raw.len());
        for (place, tier) in raw.iter().enumerate() {
            let conditions = |words: &[Word]| -> Result<Vec<Condition>, PolicyError> {
                words.iter().map(|word| self.condition(word, Condition::is_of_variant)).collect()
            };
            let next = Tier {
                name: tier.name.get_ref().clone(),
                pass: conditions(&tier.pass)?,
                fail: conditions(&tier.fail)?,
            };
            self.tier_stands(tier, &next, &tiers, place + 1 == raw.len())?;
            tiers.push(next);
        }
        Ok(tiers)
    }

    fn tier_stands(
        &self,
        raw: &RawTier,
        tier: &Tier,
        earlier: &[Tier],
        last: bool,
    ) -> Result<(), PolicyError> {
        let (file, line) = (self.source.file.to_owned(), self.source.line(raw.name.span().start));
        let name = tier.name.clone();
        if earlier.iter().any(|other| other.name == name) {
            return Err(PolicyError::DuplicateTier { file, line, tier: name });
        }
        if (tier.pass.is_empty() && tier.fail.is_empty()) != last {
            return Err(PolicyError::Leftover { file, line, tier: name });
        }
        if let Some(both) = raw.pass.iter().find(|word| raw.fail.contains(word)) {
            let message = format!("tier {name} asks {} both to pass and to fail", both.get_ref());
            return Err(self.source.contradiction(both, message));
        }
        let holds_all =
            |some: &[Condition], all: &[Condition]| some.iter().all(|c| all.contains(c));
        let before = earlier
            .iter()
            .find(|other| holds_all(&other.pass, &tier.pass) && holds_all(&other.fail, &tier.fail));
        before.map_or(Ok(()), |before| {
            let message =
                format!("tier {name} is never reached: {} takes all its variants", before.name);
            Err(self.source.contradiction(&raw.name, message))
        })
    }

    fn tier_order(
        &self,
        words: &Spanned<Vec<Word>>,
        tiers: &[Tier],
    ) -> Result<Vec<String>, PolicyError> {
        let names: Vec<&str> = tiers.iter().map(|tier| tier.name.as_str()).collect();
        let order: Vec<&Word> = words.get_ref().iter().collect();
        if let Some(word) = order.iter().find(|word| !names.contains(&word.get_ref().as_str())) {
            return Err(self.source.unknown(word, "tier", &names));
        }
        let times = |name: &str| order.iter().filter(|word| word.get_ref() == name).count();
        if let Some(name) = names.iter().find(|name| times(name) != 1) {
            let message = format!("tier {name} is {} times in the order of tiers", times(name));
            return Err(self.source.contradiction(words, message));
        }
        Ok(order.into_iter().map(|word| word.get_ref().clone()).collect())
    }
}
