//! A made-up lake of 600 patients, of whom one has secrets.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use vaxloom_immune::Predictor;
use vaxloom_immune::motif::MotifPredictor;
use vaxloom_lake::session;
use vaxloom_tables::Column;

pub(crate) const PATIENTS: usize = 600;
/// The one born in 1899.
const VICTIM: usize = 7;
/// Texts that only the victim's rows hold.
pub(crate) const PLANTED: &[&str] = &["SECRETA", "31337", "HLA-B*57:77", "VX-0007", "PEP7G"];

/// The lake, with the victim's secrets or with a patient like others in the victim's place.
pub(crate) struct World {
    secrets: bool,
}

/// A value of a made-up row.
enum Value {
    Text(String),
    Number(f64),
}

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

/// Values of a row by column; what is not named is filled in.
type Row = Vec<(&'static str, Value)>;

impl World {
    pub(crate) fn with_secrets() -> Self {
        Self { secrets: true }
    }

    pub(crate) fn without_secrets() -> Self {
        Self { secrets: false }
    }

    fn has_secret(&self, patient: usize) -> bool {
        self.secrets && patient == VICTIM
    }

    pub(crate) fn session(&self) -> SessionContext {
        let predictor: Arc<dyn Predictor> = Arc::new(MotifPredictor::new().unwrap());
        let session = session(2, &predictor);
        let everybody =
            |row: &dyn Fn(usize) -> Vec<Row>| (0..PATIENTS).flat_map(row).collect::<Vec<Row>>();
        register(&session, "patient", &everybody(&|p| vec![patient(p)]));
        register(&session, "condition", &everybody(&|p| vec![self.condition(p)]));
        register(&session, "neoantigen", &everybody(&|p| self.neoantigens(p)));
        register(&session, "expression", &everybody(&|p| self.expression(p)));
        register(&session, "hla_typing", &everybody(&|p| self.alleles(p)));
        register(&session, "presentation", &self.presentation());
        session
    }

    fn condition(&self, p: usize) -> Row {
        let stage = match p {
            VICTIM if self.secrets => "Stage IV",
            VICTIM => "Stage II",
            p => ["Stage I", "Stage II", "Stage III", "Stage IV"][p / 3 % 4],
        };
        vec![
            ("patient_id", id(p)),
            ("condition_id", text(format!("c{p}"))),
            ("stage_group", text(stage)),
            ("source_file", text(format!("VX-{p:04}.json"))),
        ]
    }

    fn neoantigens(&self, p: usize) -> Vec<Row> {
        let mut genes = vec!["APC".to_owned(), format!("GENE{p}")];
        let frequent = [("TP53", 2), ("KRAS", 3), ("BRAF", 4), ("PIK3CA", 5)];
        genes.extend(
            frequent.iter().filter(|(_, n)| p.is_multiple_of(*n)).map(|(g, _)| (*g).to_owned()),
        );
        if self.has_secret(p) {
            genes.extend(["KRAS".to_owned(), "SECRETA".to_owned()]);
        }
        let row = |(place, gene): (usize, &String)| -> Row {
            vec![
                ("patient_id", id(p)),
                ("sample_id", text(format!("S{p}"))),
                ("variant_id", text(format!("chr1:{place}:A:T"))),
                ("gene", text(gene)),
                ("best_peptide", text(format!("PEP{p}G{place}"))),
                ("mt_percentile", Value::Number(((p * 7 + place * 13) % 40) as f64 / 20.0)),
                ("tier", text(if (p + place).is_multiple_of(3) { "Pass" } else { "LowExpr" })),
            ]
        };
        genes.iter().enumerate().map(row).collect()
    }

    fn expression(&self, p: usize) -> Vec<Row> {
        let row = |(place, gene): (usize, &&str)| -> Row {
            let usual = 10.0 + (p * 37 + place * 11) as f64 % 100.0 / 10.0;
            let tpm = match (self.has_secret(p), *gene) {
                (true, "TP53") => 31_337.125,
                _ => usual,
            };
            vec![
                ("patient_id", id(p)),
                ("sample_id", text(format!("S{p}"))),
                ("feature_id", text(*gene)),
                ("tpm", Value::Number(tpm)),
            ]
        };
        ["TP53", "KRAS", "APC"].iter().enumerate().map(row).collect()
    }

    fn alleles(&self, p: usize) -> Vec<Row> {
        let common = ["HLA-A*02:01", "HLA-A*24:02", "HLA-A*01:01", "HLA-A*03:01"][p % 4];
        let other = ["HLA-B*07:02", "HLA-B*08:01", "HLA-B*44:02"][p / 4 % 3];
        let secret = self.has_secret(p).then_some("HLA-B*57:77");
        let alleles = [Some(common), Some(other), secret];
        let row = |allele| vec![("patient_id", id(p)), ("allele", text(allele))];
        alleles.into_iter().flatten().map(row).collect()
    }

    fn presentation(&self) -> Vec<Row> {
        let alleles = ["HLA-A*02:01"].into_iter().chain(self.secrets.then_some("HLA-B*57:77"));
        alleles.map(|a| vec![("peptide", text("GADGVGKSAL")), ("allele", text(a))]).collect()
    }
}

fn patient(p: usize) -> Row {
    let born = if p == VICTIM { 1899 } else { 1930 + p % 60 };
    let sex = if (p / 60).is_multiple_of(2) { "female" } else { "male" };
    vec![("patient_id", id(p)), ("birth_year", Value::Number(born as f64)), ("sex", text(sex))]
}

fn id(p: usize) -> Value {
    text(format!("VX-{p:04}"))
}

/// The rows as a table of the lake, all columns there.
fn register(session: &SessionContext, name: &str, rows: &[Row]) {
    let table = vaxloom_tables::table(name).unwrap();
    let columns = table.columns.iter().map(|column| array(column, rows)).collect();
    let batch = RecordBatch::try_new(Arc::clone(&table.schema), columns).unwrap();
    let provider = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
    session.register_table(name, Arc::new(provider)).unwrap();
}

fn array(column: &Column, rows: &[Row]) -> ArrayRef {
    let named = |row: &Row| row.iter().position(|(name, _)| *name == column.name);
    let number = |row: &Row| match named(row).map(|place| &row[place].1) {
        Some(Value::Number(number)) => *number,
        _ => 0.0,
    };
    let words = |row: &Row| match named(row).map(|place| &row[place].1) {
        Some(Value::Text(words)) => words.clone(),
        _ => "-".to_owned(),
    };
    match column.data_type {
        DataType::Utf8 => Arc::new(rows.iter().map(|r| Some(words(r))).collect::<StringArray>()),
        DataType::Int32 => Arc::new(rows.iter().map(|r| number(r) as i32).collect::<Int32Array>()),
        DataType::Int64 => Arc::new(rows.iter().map(|r| number(r) as i64).collect::<Int64Array>()),
        DataType::Float32 => {
            Arc::new(rows.iter().map(|r| number(r) as f32).collect::<Float32Array>())
        }
        DataType::Float64 => Arc::new(rows.iter().map(number).collect::<Float64Array>()),
        DataType::Boolean => Arc::new(BooleanArray::from(vec![false; rows.len()])),
        ref other => new_null_array(other, rows.len()),
    }
}

/// A table of one column of texts.
pub(crate) fn text_table(name: &str, texts: &[String]) -> RecordBatch {
    let schema = Schema::new(vec![Field::new(name, DataType::Utf8, false)]);
    let texts: StringArray = texts.iter().map(Some).collect();
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(texts)]).unwrap()
}
