//! The gate for tables: a cell of a column that is on the list is kept, reduced or searched; other columns go.

use std::collections::{BTreeMap, BTreeSet};

use super::{Gate, codes, dates, rules};
use crate::{
    rule::{Finding, Rule},
    tabular::{ClinicalTable, TableRow},
};

/// Oldest age that is told, in years and in days.
const OLDEST: (f64, f64) = (89.0, 32_872.0);
/// What portals write in the place of a year or an age that they may not tell.
const WITHHELD: [&str; 8] =
    ["cannotReleaseHIPAA", "withheld", "<18", ">89", ">32485", "<6570", "unknown", "notcollected"];

/// What is done to the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Column {
    /// Id of a person: nothing by its looks that identifies; a pseudonym later on.
    Person,
    /// Another id.
    Id,
    /// A number.
    Number,
    /// A code, judged by its looks.
    Code,
    /// A short text, searched.
    Label,
    /// A date: the year stays.
    Date,
    /// A year, or words that withhold it.
    Year,
    /// A year of birth, which tells an age.
    Birth,
    /// An age.
    Age,
    /// It goes.
    Remove(&'static Rule),
}

/// What became of a table.
#[derive(Debug, Default)]
pub(crate) struct TableOutcome {
    /// Rows that have an id which identifies, with the reasons; the table has them no more.
    pub(crate) quarantined: BTreeMap<i64, Vec<Finding>>,
    /// Lines of rows of which something was removed or reduced.
    pub(crate) transformed: BTreeSet<i64>,
    /// Column, rule, how many cells, and the first line.
    pub(crate) findings: Vec<(String, &'static Rule, usize, i64)>,
}

impl Gate {
    /// Takes a table through the gate, in place. `kind` says what a column may have; `None` for one that is not on the list.
    pub(crate) fn table(
        &mut self,
        table: &mut ClinicalTable,
        kind: impl Fn(&str) -> Option<Column>,
    ) -> TableOutcome {
        let kinds: Vec<Column> = table
            .attributes
            .iter()
            .map(|attribute| {
                let own = self.profile.elements.contains(&attribute.id).then_some(Column::Label);
                own.or_else(|| kind(&attribute.id)).unwrap_or_else(|| unlisted(&attribute.id))
            })
            .collect();
        for (place, kind) in kinds.iter().enumerate() {
            if *kind == Column::Remove(&rules::NAME) {
                table
                    .rows
                    .iter()
                    .filter_map(|row| row.get(Some(place)))
                    .for_each(|name| self.scanner.learn(name));
            }
        }
        let mut outcome = TableOutcome::default();
        for (place, kind) in kinds.iter().enumerate() {
            let path = self.column_name(&table.attributes[place].id, place);
            self.column(table, place, *kind, &path, &mut outcome);
        }
        let bad: BTreeSet<i64> = outcome.quarantined.keys().copied().collect();
        table.rows.retain(|row| !bad.contains(&row.line));
        outcome.transformed.retain(|line| !bad.contains(line));
        outcome
    }

    /// A header can be a value too, where a table has none: only one that looks like a name of a column is told.
    fn column_name(&mut self, id: &str, place: usize) -> String {
        let shaped =
            id.len() <= 80 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_. -".contains(&b));
        if shaped && self.file_name_is_safe(id) {
            id.to_owned()
        } else {
            format!("column {}", place + 1)
        }
    }

    fn column(
        &mut self,
        table: &mut ClinicalTable,
        place: usize,
        kind: Column,
        path: &str,
        outcome: &mut TableOutcome,
    ) {
        let mut counts: Vec<(&'static Rule, usize, i64)> = Vec::new();
        for TableRow { line, cells } in &mut table.rows {
            let Some(text) = cells.get(place).and_then(Option::as_deref) else { continue };
            let (kept, rule) = match self.cell(kind, text) {
                Ok(None) => continue,
                Ok(Some((reduced, rule))) => (Some(reduced), rule),
                Err(rule) => (None, rule),
            };
            if matches!(kind, Column::Person | Column::Id) {
                outcome.quarantined.entry(*line).or_default().push(Finding::new(path, rule));
                continue;
            }
            cells[place] = kept;
            outcome.transformed.insert(*line);
            match counts.iter_mut().find(|(known, ..)| std::ptr::eq(*known, rule)) {
                Some((_, count, _)) => *count += 1,
                None => counts.push((rule, 1, *line)),
            }
        }
        let told =
            counts.into_iter().map(|(rule, count, line)| (path.to_owned(), rule, count, line));
        outcome.findings.extend(told);
    }

    /// Nothing where the cell stays, what it becomes, or the rule under which it goes.
    fn cell(
        &mut self,
        kind: Column,
        text: &str,
    ) -> Result<Option<(String, &'static Rule)>, &'static Rule> {
        let judged = |rule: Option<&'static Rule>| rule.map_or(Ok(None), Err);
        match kind {
            Column::Remove(rule) => Err(rule),
            Column::Person | Column::Id => {
                let shaped = text.len() <= 64
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
                let wrong = !shaped || codes::is_identifying_id(text);
                // A key makes a pseudonym of any id.
                judged((wrong && self.key.is_none()).then_some(&rules::ID))
            }
            Column::Number => judged(text.parse::<f64>().is_err().then_some(&rules::TYPE)),
            Column::Code => judged(codes::check(None, text).or_else(|| self.scanner.scan(text))),
            Column::Label => judged(self.search_text(self.profile.labels, text, true)),
            Column::Date | Column::Year if WITHHELD.contains(&text) => Ok(None),
            Column::Date | Column::Year => year_of(text),
            Column::Birth => self.birth_year(text),
            Column::Age => self.age(text),
        }
    }

    fn birth_year(&self, text: &str) -> Result<Option<(String, &'static Rule)>, &'static Rule> {
        if WITHHELD.contains(&text) {
            return Ok(None);
        }
        let reduced = year_of(text)?;
        let oldest = self.year - OLDEST.0 as i32 - 1;
        let year = reduced.as_ref().map_or(text, |(year, _)| year.as_str());
        if self.profile.cap_ages && year.parse().is_ok_and(|year: i32| year < oldest) {
            return Ok(Some((oldest.to_string(), &rules::AGE)));
        }
        Ok(reduced)
    }

    fn age(&self, text: &str) -> Result<Option<(String, &'static Rule)>, &'static Rule> {
        let Ok(age) = text.parse::<f64>() else {
            return if WITHHELD.contains(&text) { Ok(None) } else { Err(&rules::TYPE) };
        };
        let age = age.abs();
        let years = age > OLDEST.0 && age < 200.0;
        match self.profile.cap_ages && (years || age > OLDEST.1) {
            true if years => Ok(Some(("90".to_owned(), &rules::AGE))),
            true => Err(&rules::AGE),
            false => Ok(None),
        }
    }
}

/// A year stays, a date becomes one.
fn year_of(text: &str) -> Result<Option<(String, &'static Rule)>, &'static Rule> {
    let day = text.split_once([' ', 'T']).map_or(text, |(day, _)| day);
    match dates::year(day) {
        Some(_) if text.len() == 4 => Ok(None),
        Some(year) => Ok(Some((format!("{year:04}"), &rules::DATE))),
        None => Err(&rules::DATE),
    }
}

/// Why a column that is not on the list goes: the words of its name say, as far as they are known.
fn unlisted(id: &str) -> Column {
    let id = id.to_ascii_lowercase();
    let words: Vec<&str> = id.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let rule = if has(&["name", "surname", "firstname", "lastname", "initials"]) {
        &rules::NAME
    } else if has(&["address", "street", "city", "zip", "zipcode", "postal", "county"]) {
        &rules::ADDRESS
    } else if has(&["phone", "fax", "email", "mail", "telephone", "contact"]) {
        &rules::TELECOM
    } else if has(&["mrn", "ssn", "identifier", "accession", "uuid", "insurance", "account"]) {
        &rules::IDENTIFIER
    } else if has(&["date", "dob", "birthdate", "day", "month", "datetime"]) {
        &rules::DATE
    } else if has(&["note", "notes", "comment", "comments", "text", "narrative"]) {
        &rules::NOTE
    } else {
        &rules::UNKNOWN_COLUMN
    };
    Column::Remove(rule)
}
