//! Rows of the parts of a run, each in a lake of its own, into one lake: streamed from files to files, one commit a table.

use std::sync::Arc;

use datafusion::logical_expr::Expr;
use datafusion::prelude::{DataFrame, SessionContext, col, lit};
use vaxloom_tables::Table;

use crate::files::TableFiles;
use crate::pipeline::BY_PATIENT;
use crate::session::config;
use crate::stage::schema;
use crate::store::{literal, one_of};
use crate::{Lake, LakeError};

/// What is taken of a part.
#[derive(Debug)]
pub struct Gathered<'a> {
    /// The part's lake.
    pub lake: &'a Lake,
    /// Patients whose rows are taken.
    pub taken: Vec<String>,
    /// All patients of the part. Its lake may have others, who left the sheet since.
    pub patients: Vec<String>,
    /// Whether it has.
    pub has_others: bool,
}

/// Writes the rows of the parts' patients, in the place of what the lake has of those in `replaced`, under the name of one run.
/// They become visible with [`Lake::finish`].
pub async fn gather(
    lake: &mut Lake,
    parts: &[Gathered<'_>],
    replaced: &[String],
    run_id: &str,
) -> Result<(), LakeError> {
    for name in BY_PATIENT {
        let table = schema(name)?;
        let mut rows = Vec::new();
        for part in parts {
            rows.extend(part.rows(table, run_id)?);
        }
        let rows = with_any(rows).await?;
        lake.put(table, rows, Some(replaced).filter(|gone| !gone.is_empty())).await?;
    }
    let scores = scores(lake, parts, run_id).await?;
    lake.put(schema(SCORES)?, with_any(scores).await?, None).await
}

impl Gathered<'_> {
    /// The part's rows of a table, of those who are taken.
    fn rows(&self, table: &Table, run_id: &str) -> Result<Option<DataFrame>, LakeError> {
        if self.taken.is_empty() {
            return Ok(None);
        }
        let Some(rows) = in_order(self.lake, table)? else { return Ok(None) };
        let everyone = !self.has_others && self.taken.len() == self.patients.len();
        let rows = if everyone { rows } else { rows.filter(among(&self.taken))? };
        Ok(Some(rows.with_column("run_id", lit(run_id))?))
    }
}

/// A table of a lake, its files in their order; none where it was never written.
fn in_order(lake: &Lake, table: &Table) -> Result<Option<DataFrame>, LakeError> {
    let Some(delta) = lake.loaded(&table.name) else { return Ok(None) };
    let files = TableFiles::of(delta, table, lake.place())?;
    let files = files.ok_or_else(|| LakeError::unmanaged(table))?;
    let files = files.only(files.files().to_vec(), table)?;
    let session = SessionContext::new_with_config(config(1));
    Ok(Some(session.read_table(Arc::new(files))?))
}

fn among(patients: &[String]) -> Expr {
    col("patient_id").in_list(patients.iter().map(lit).collect(), false)
}

/// Those that have a row: a table without any is not written.
async fn with_any(frames: Vec<DataFrame>) -> Result<Vec<DataFrame>, LakeError> {
    let mut kept = Vec::new();
    for frame in frames {
        let first = frame.clone().limit(0, Some(1))?.collect().await?;
        if first.iter().any(|batch| batch.num_rows() > 0) {
            kept.push(frame);
        }
    }
    Ok(kept)
}

/// Scores of pairs of peptide and allele, which belong to nobody.
const SCORES: &str = "presentation";

/// Scores that the lake does not have: of each pair those of the first part that has it. All is read in the order of the key,
/// so that no table of pairs is held in memory.
async fn scores(
    lake: &Lake,
    parts: &[Gathered<'_>],
    run_id: &str,
) -> Result<Vec<DataFrame>, LakeError> {
    let table = schema(SCORES)?;
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    let (columns, key) = (columns.join(", "), table.key.join(", "));
    let session = SessionContext::new_with_config(config(1));
    lake.place().give_store(&session);
    let mut sources = Vec::new();
    let lakes =
        parts.iter().filter(|part| !part.taken.is_empty()).map(|part| (part.lake, Some(part)));
    for (number, (source, part)) in std::iter::once((lake, None)).chain(lakes).enumerate() {
        let Some(rows) = in_order(source, table)? else { continue };
        let name = format!("{SCORES}_{number}");
        session.register_table(&name, rows.into_view())?;
        let needed = match part.filter(|part| part.has_others) {
            Some(part) => needed(&session, part, number)?,
            None => String::new(),
        };
        sources.push(format!("SELECT {columns}, {number} AS source FROM {name} {needed}"));
    }
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT * EXCEPT (source, nth, run_id), {} AS run_id FROM ( \
             SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY source) AS nth FROM ({})) \
         WHERE nth = 1 AND source > 0",
        literal(run_id),
        sources.join(" UNION ALL "),
    );
    let rows = session.sql(&sql).await?;
    let names: Vec<Expr> = table.columns.iter().map(|c| col(&c.name)).collect();
    Ok(vec![rows.select(names)?])
}

/// Leaves the scores out of a part that none of its patients needs: they are of someone who left the sheet, perhaps to be
/// forgotten.
fn needed(
    session: &SessionContext,
    part: &Gathered<'_>,
    number: usize,
) -> Result<String, LakeError> {
    for name in ["peptide", "hla_typing"] {
        let Some(rows) = in_order(part.lake, schema(name)?)? else {
            return Ok("WHERE false".to_owned());
        };
        session.register_table(format!("{name}_{number}"), rows.into_view())?;
    }
    let theirs = one_of(&part.patients);
    Ok(format!(
        "LEFT SEMI JOIN (SELECT p.peptide AS needed, h.allele AS of FROM ( \
             SELECT patient_id, peptide FROM peptide_{number} WHERE {theirs} \
             UNION SELECT patient_id, wildtype_peptide FROM peptide_{number} WHERE {theirs} AND wildtype_peptide IS NOT NULL) p \
         JOIN hla_typing_{number} h ON p.patient_id = h.patient_id) ON peptide = needed AND allele = of"
    ))
}
