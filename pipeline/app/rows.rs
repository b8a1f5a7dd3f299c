//! Inputs as the record batches that the stages start from.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::json::LineDelimitedWriter;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vaxloom_immune::hla::HlaAllele;
use vaxloom_lake::pipeline::{
    Outcome, TableRows, computed_consequence_schema, gene_loss_schema, hla_report_schema,
};

use crate::hla_check;
use crate::ingest::{
    CellFraction, ComputedRow, Fragments, HlaLosses, PatientInput, Refusal, SampleInput,
};
use crate::run::Basis;

/// A row with what the lake adds to it.
#[derive(Serialize)]
struct OfRun<'a, T> {
    #[serde(flatten)]
    row: &'a T,
    run_id: &'a str,
}

#[derive(Serialize)]
struct PatientRow<'a> {
    #[serde(flatten)]
    row: &'a vaxloom_clinical::Patient,
    input_hash: &'a str,
    run_id: &'a str,
}

#[derive(Serialize)]
struct VariantRow<'a> {
    patient_id: &'a str,
    sample_id: &'a str,
    #[serde(flatten)]
    row: &'a vaxloom_genome::SomaticVariant,
    csq_format: &'a str,
    #[serde(flatten)]
    fragments: &'a Fragments,
    #[serde(flatten)]
    cell_fraction: &'a CellFraction,
    run_id: &'a str,
}

#[derive(Serialize)]
struct ComputedOf<'a> {
    patient_id: &'a str,
    sample_id: &'a str,
    #[serde(flatten)]
    row: &'a ComputedRow,
}

#[derive(Serialize)]
struct ExpressionRow<'a> {
    patient_id: &'a str,
    sample_id: &'a str,
    feature_type: &'a str,
    feature_id: &'a str,
    symbol: Option<&'a str>,
    tpm: f64,
    method: &'a str,
    source_file: &'a str,
    run_id: &'a str,
}

#[derive(Serialize)]
struct HlaRow<'a> {
    #[serde(flatten)]
    row: &'a vaxloom_clinical::HlaReport,
    path: &'static str,
    lost: Option<bool>,
    loss_note: Option<String>,
}

#[derive(Serialize)]
struct GeneLossRow<'a> {
    patient_id: &'a str,
    sample_id: &'a str,
    gene: &'static str,
    copies: i32,
}

#[derive(Serialize)]
struct BasisRow<'a> {
    patient_id: &'a str,
    #[serde(flatten)]
    basis: &'a Basis,
    run_id: &'a str,
}

/// The input tables of the patients that are run; `hashes` stand for what each one's results rest on.
pub(crate) fn input_tables(
    patients: &[&PatientInput],
    hashes: &BTreeMap<String, String>,
    run_id: &str,
) -> anyhow::Result<TableRows> {
    let samples: Vec<(&str, &SampleInput)> = patients
        .iter()
        .flat_map(|p| p.samples.iter().map(|s| (p.patient.patient_id.as_str(), s)))
        .collect();
    let mut tables = TableRows::new();
    let mut put = |name: &str, batch: RecordBatch| tables.insert(name.to_owned(), vec![batch]);
    put(
        "patient",
        batch(
            "patient",
            patients.iter().map(|p| PatientRow {
                row: &p.patient,
                input_hash: hashes.get(p.id()).map_or("", String::as_str),
                run_id,
            }),
        )?,
    );
    put(
        "condition",
        batch(
            "condition",
            patients.iter().flat_map(|p| &p.conditions).map(|row| OfRun { row, run_id }),
        )?,
    );
    put(
        "specimen",
        batch(
            "specimen",
            patients.iter().flat_map(|p| &p.specimens).map(|row| OfRun { row, run_id }),
        )?,
    );
    put(
        "treatment",
        batch(
            "treatment",
            patients.iter().flat_map(|p| &p.treatments).map(|row| OfRun { row, run_id }),
        )?,
    );
    put(
        "observation",
        batch(
            "observation",
            patients.iter().flat_map(|p| &p.observations).map(|row| OfRun { row, run_id }),
        )?,
    );
    put(
        "somatic_variant",
        batch("somatic_variant", samples.iter().flat_map(|(id, s)| variants(id, s, run_id)))?,
    );
    put(
        "expression",
        batch("expression", samples.iter().flat_map(|(id, s)| expression(id, s, run_id)))?,
    );
    let hla: Vec<HlaRow> = patients.iter().flat_map(|patient| hla(patient)).collect();
    put("hla_report", vaxloom_tables::batch(&hla_report_schema(), &hla)?);
    let losses: Vec<GeneLossRow> = samples.iter().flat_map(|(id, s)| gene_losses(id, s)).collect();
    put("gene_loss", vaxloom_tables::batch(&gene_loss_schema(), &losses)?);
    let computed: Vec<ComputedOf> = samples
        .iter()
        .flat_map(|(patient_id, sample)| {
            let sample_id = sample.sample.as_str();
            sample.computed.iter().map(move |row| ComputedOf { patient_id, sample_id, row })
        })
        .collect();
    put("computed_consequence", vaxloom_tables::batch(&computed_consequence_schema(), &computed)?);
    Ok(tables)
}

/// Rows as one batch of a table.
pub(crate) fn batch<T: Serialize>(
    table: &str,
    rows: impl Iterator<Item = T>,
) -> anyhow::Result<RecordBatch> {
    let table = vaxloom_tables::table(table)
        .ok_or_else(|| anyhow::anyhow!("no schema for table {table}"))?;
    Ok(vaxloom_tables::batch(&table.schema, &rows.collect::<Vec<_>>())?)
}

fn variants<'a>(
    patient_id: &'a str,
    sample: &'a SampleInput,
    run_id: &'a str,
) -> impl Iterator<Item = VariantRow<'a>> {
    let measured = sample.rna_fragments.iter().zip(&sample.cell_fractions);
    sample.variants.iter().zip(measured).map(move |(row, (fragments, cell_fraction))| VariantRow {
        patient_id,
        sample_id: &sample.sample,
        row,
        csq_format: &sample.csq_format,
        fragments,
        cell_fraction,
        run_id,
    })
}

fn gene_losses<'a>(
    patient_id: &'a str,
    sample: &'a SampleInput,
) -> impl Iterator<Item = GeneLossRow<'a>> {
    let sample_id = sample.sample.as_str();
    let told = sample.hla_losses.iter().flat_map(HlaLosses::gene_copies);
    told.map(move |(gene, copies)| GeneLossRow { patient_id, sample_id, gene, copies })
}

/// Reported alleles, with what copy numbers say of them. Names that cannot be read are refused later.
fn hla(patient: &PatientInput) -> impl Iterator<Item = HlaRow<'_>> {
    let losses: Vec<&HlaLosses> = patient.samples.iter().flat_map(|s| &s.hla_losses).collect();
    patient.hla.iter().map(move |row| {
        let (lost, loss_note) = match HlaAllele::parse(&row.reported) {
            Ok(allele) => HlaLosses::of_all(&losses, &allele.two_field(), allele.locus()),
            Err(_) => (None, None),
        };
        HlaRow { row, path: "hla", lost, loss_note }
    })
}

fn expression<'a>(
    patient_id: &'a str,
    sample: &'a SampleInput,
    run_id: &'a str,
) -> impl Iterator<Item = ExpressionRow<'a>> {
    sample.expression.iter().map(move |row| ExpressionRow {
        patient_id,
        sample_id: &sample.sample,
        feature_type: &row.feature_type,
        feature_id: &row.feature_id,
        symbol: row.symbol.as_deref(),
        tpm: row.tpm,
        method: &row.source,
        source_file: &row.source_file,
        run_id,
    })
}

/// The row of a finished run.
#[derive(Serialize)]
pub(crate) struct RunRow<'a> {
    pub(crate) run_id: &'a str,
    pub(crate) started_at: String,
    pub(crate) finished_at: String,
    pub(crate) program_version: &'a str,
    pub(crate) model: &'a str,
    pub(crate) model_version: &'a str,
    pub(crate) policy: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) patients_in: i32,
    pub(crate) patients_run: i32,
    pub(crate) patients_unchanged: i32,
    pub(crate) quarantined: i32,
    pub(crate) settings: String,
    pub(crate) inputs: String,
    pub(crate) stage_counts: String,
    pub(crate) table_versions: String,
}

/// What the patients' results rest on.
pub(crate) fn bases(bases: &BTreeMap<String, Basis>, run_id: &str) -> anyhow::Result<RecordBatch> {
    let rows = bases.iter().map(|(id, basis)| BasisRow { patient_id: id, basis, run_id });
    batch("basis", rows)
}

/// Everything that was kept out: of the inputs, of the patients' files, by the stages, and what is odd about a patient's HLA as
/// a whole. It joins the tables of the outcome.
pub(crate) fn refusals(
    outcome: &mut Outcome,
    patients: &[&PatientInput],
    before: &[Refusal],
    run_id: &str,
) -> anyhow::Result<Vec<Refusal>> {
    let typings = outcome.tables.get("hla_typing").map_or(&[][..], Vec::as_slice);
    let odd = hla_check::check(patients, &json_rows(typings)?);
    let of_files = patients.iter().flat_map(|p| &p.refusals);
    let own: Vec<Refusal> = before.iter().chain(of_files).cloned().chain(odd).collect();
    let own_rows = batch("quarantine", own.iter().map(|row| OfRun { row, run_id }))?;
    let by_stages: Vec<Refusal> = json_rows(&outcome.refused)?;
    let table = outcome.tables.entry("quarantine".to_owned()).or_default();
    table.push(own_rows);
    table.append(&mut outcome.refused);
    Ok(own.into_iter().chain(by_stages).collect())
}

/// What was kept out, as rows of `quarantine`.
pub(crate) fn quarantine(refusals: &[&Refusal], run_id: &str) -> anyhow::Result<RecordBatch> {
    batch("quarantine", refusals.iter().map(|row| OfRun { row: *row, run_id }))
}

/// Batches as values of a type, by column name.
pub(crate) fn json_rows<T: DeserializeOwned>(batches: &[RecordBatch]) -> anyhow::Result<Vec<T>> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    let text = writer.into_inner();
    let rows = serde_json::Deserializer::from_slice(&text).into_iter();
    Ok(rows.collect::<Result<Vec<T>, _>>()?)
}
