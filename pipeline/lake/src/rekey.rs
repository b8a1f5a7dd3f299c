//! A whole lake under the pseudonyms of another project key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use datafusion::prelude::SessionContext;

use crate::stage::{as_table, schema};
use crate::{Lake, LakeError};

/// What was done.
#[derive(Debug, Default)]
pub struct Rekeyed {
    /// Rows written, by table.
    pub rows: BTreeMap<String, usize>,
    /// Patients as the lake had them.
    pub patients: Vec<String>,
}

/// Tables that hold no row of a patient, and those that only grow and say what was done: they stay.
const KEPT: [&str; 3] = ["run", "audit", "presentation"];

/// Writes every table that holds patients under new pseudonyms: `old` pseudonym to new. They become visible with [`Lake::finish`].
///
/// Pseudonyms stand in columns of ids, alone or as a part (`TYPE/id`), and in names of files and messages.
///
/// # Errors
///
/// [`LakeError::UnknownPseudonyms`] where an id of the lake has no new pseudonym: nothing was written.
pub async fn rekey(
    session: &SessionContext,
    lake: &mut Lake,
    old: &BTreeMap<String, String>,
) -> Result<Rekeyed, LakeError> {
    let mut changed: Vec<(&str, Vec<RecordBatch>)> = Vec::new();
    let (mut unknown, mut patients) = (BTreeSet::new(), BTreeSet::new());
    for table in vaxloom_tables::all() {
        if KEPT.contains(&table.name.as_str()) || !lake.versions().contains_key(&table.name) {
            continue;
        }
        let rows = as_table(session.table(&table.name).await?, schema(&table.name)?).await?;
        let mut batches = Vec::with_capacity(rows.len());
        for batch in rows {
            batches.push(replaced(&batch, old, &mut unknown, &mut patients)?);
        }
        changed.push((&table.name, batches));
    }
    if !unknown.is_empty() {
        return Err(LakeError::UnknownPseudonyms { count: unknown.len() });
    }
    let patients: Vec<String> = patients.into_iter().collect();
    // What is written is of the new pseudonyms, what it replaces of the old ones.
    let both: Vec<String> = patients
        .iter()
        .flat_map(|patient| [Some(patient), old.get(patient)])
        .flatten()
        .cloned()
        .collect();
    let mut done = Rekeyed { patients, ..Rekeyed::default() };
    for (name, batches) in changed {
        done.rows.insert(name.to_owned(), batches.iter().map(RecordBatch::num_rows).sum());
        lake.write(name, batches, Some(&both)).await?;
    }
    Ok(done)
}

fn replaced(
    batch: &RecordBatch,
    old: &BTreeMap<String, String>,
    unknown: &mut BTreeSet<String>,
    patients: &mut BTreeSet<String>,
) -> Result<RecordBatch, LakeError> {
    let fields = batch.schema();
    let mut columns = batch.columns().to_vec();
    for (field, column) in fields.fields().iter().zip(&mut columns) {
        if field.data_type() != &DataType::Utf8 || field.name() == "run_id" {
            continue;
        }
        let texts = column.as_string::<i32>();
        let id = field.name().ends_with("_id");
        if field.name() == "patient_id" {
            patients.extend(texts.iter().flatten().map(str::to_owned));
        }
        let new: StringArray = texts
            .iter()
            .map(|text| {
                text.map(|text| {
                    with_new(text, old, |token| id.then(|| unknown.insert(token.to_owned())))
                })
            })
            .collect();
        *column = Arc::new(new);
    }
    // Rows of a quarantine that are no patient's are replaced by nobody, so they are not written again.
    let batch = RecordBatch::try_new(fields.clone(), columns).map_err(|source| {
        LakeError::Write { table: "rekey".to_owned(), message: source.to_string() }
    })?;
    let place = fields.index_of("patient_id").ok();
    match place.map(|place| batch.column(place)).filter(|ids| ids.null_count() > 0) {
        Some(ids) => {
            let mask = arrow::compute::is_not_null(ids)?;
            Ok(arrow::compute::filter_record_batch(&batch, &mask)?)
        }
        None => Ok(batch),
    }
}

/// The text with every pseudonym in it replaced; `unknown` is told of those that have no new one.
fn with_new<R>(
    text: &str,
    old: &BTreeMap<String, String>,
    mut unknown: impl FnMut(&str) -> R,
) -> String {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut new = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        new.push_str(&rest[..start]);
        let run = &rest[start..];
        let end = run.find(|c| !is_part(c)).unwrap_or(run.len());
        let token = &run[..end];
        let Some(pseudonym) = token_of(token) else {
            new.push_str(token);
            rest = &run[end..];
            continue;
        };
        if let Some(known) = old.get(pseudonym) {
            new.push_str(known);
        } else {
            unknown(pseudonym);
            new.push_str(pseudonym);
        }
        // What follows a pseudonym, such as `-C1`, stays.
        rest = &run[pseudonym.len()..];
    }
    new.push_str(rest);
    new
}

/// The pseudonym that a word begins with.
fn token_of(word: &str) -> Option<&str> {
    let is = |length: usize| {
        let token = word.get(..length)?;
        let ended = word[length..].chars().next().is_none_or(|c| c == '-');
        (ended && vaxloom_clinical::pseudonym::ProjectKey::is_pseudonym(token)).then_some(token)
    };
    is(64).or_else(|| is(36))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_found_in_texts() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let uuid = "6c5d9ca9-54d7-82f5-bfae-a7c19cd217f2";
        let old = BTreeMap::from([(a.clone(), b.clone()), (uuid.to_owned(), "new".to_owned())]);
        let mut unknown = Vec::new();
        let mut new = |text: &str| with_new(text, &old, |token| unknown.push(token.to_owned()));
        assert_eq!(new(&a), b);
        assert_eq!(new(&format!("Procedure/{a}#2")), format!("Procedure/{b}#2"));
        assert_eq!(new(&format!("{a}-C1")), format!("{b}-C1"));
        assert_eq!(new(&format!("vcf/{uuid}.vcf: bad")), "vcf/new.vcf: bad");
        for text in ["", "cafe-1", "chr1:100:A>T", "missense"] {
            assert_eq!(new(text), text);
        }
        let other = "c".repeat(64);
        assert_eq!(new(&other), other);
        assert_eq!(unknown, [other]);
    }
}
