//! The aggregate function that takes the place of `count`, `sum` and `avg` in a researcher's plan.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, UInt64Array};
use arrow::datatypes::{
    DataType, Decimal128Type, Field, FieldRef, Float64Type, Int64Type, UInt64Type,
};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};

use super::contribution::{Contribution, Contributions, Kind};
use super::memory::Memory;
use crate::functions::external;

/// Wide enough for every sum.
const SUM: DataType = DataType::Decimal128(38, 0);

/// `measure(patient, value)`: the answer of the gate for a cell, NULL where it is suppressed.
pub(super) fn measure(kind: Kind, memory: &Arc<Memory>, fresh: &Arc<AtomicUsize>) -> AggregateUDF {
    AggregateUDF::new_from_impl(Measure {
        kind,
        memory: Arc::clone(memory),
        fresh: Arc::clone(fresh),
        signature: Signature::exact(vec![DataType::Utf8, DataType::Float64], Volatility::Immutable),
    })
}

struct Measure {
    kind: Kind,
    memory: Arc<Memory>,
    /// Cells of the statement that were like none before.
    fresh: Arc<AtomicUsize>,
    signature: Signature,
}

impl fmt::Debug for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Measure({:?})", self.kind)
    }
}

impl PartialEq for Measure {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && Arc::ptr_eq(&self.fresh, &other.fresh)
    }
}

impl Eq for Measure {}

impl Hash for Measure {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

impl AggregateUDFImpl for Measure {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Patients => "gated_patients",
            Kind::Total => "gated_total",
            Kind::Mean => "gated_mean",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Cell {
            kind: self.kind,
            memory: Arc::clone(&self.memory),
            fresh: Arc::clone(&self.fresh),
            contributions: Contributions::new(),
            last: None,
        }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let list = |what: &str, item: DataType| {
            let name = format!("{}[{what}]", arguments.name);
            Arc::new(Field::new_list(name, Field::new_list_field(item, true), true))
        };
        Ok(vec![
            list("patients", DataType::UInt64),
            list("sums", SUM),
            list("rows", DataType::Int64),
        ])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The contributions of one cell.
struct Cell {
    kind: Kind,
    memory: Arc<Memory>,
    fresh: Arc<AtomicUsize>,
    contributions: Contributions,
    /// The patient of the last row: a patient's rows mostly stand together.
    last: Option<(String, u64)>,
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cell({:?})", self.kind)
    }
}

impl Cell {
    fn patient(&mut self, pseudonym: &str) -> u64 {
        match &self.last {
            Some((last, patient)) if last == pseudonym => *patient,
            _ => {
                let patient = self.memory.patient(pseudonym);
                self.last = Some((pseudonym.to_owned(), patient));
                patient
            }
        }
    }
}

impl Accumulator for Cell {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (patients, numbers) =
            (values[0].as_string::<i32>(), values[1].as_primitive::<Float64Type>());
        for (patient, number) in patients.iter().zip(numbers) {
            let (Some(patient), Some(number)) = (patient, number) else { continue };
            if number.is_nan() {
                continue;
            }
            let patient = self.patient(patient);
            self.contributions.entry(patient).or_default().add(number);
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let answer = self.memory.answer(self.kind, &self.contributions).map_err(external)?;
        self.fresh.fetch_add(usize::from(answer.fresh), Ordering::Relaxed);
        Ok(ScalarValue::Float64(answer.value))
    }

    fn size(&self) -> usize {
        let entry = size_of::<u64>() + size_of::<Contribution>();
        size_of::<Self>() + self.contributions.len() * entry * 3 / 2
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let rows = self.contributions.values();
        let patients: UInt64Array = self.contributions.keys().copied().collect();
        let sums = Decimal128Array::from_iter_values(rows.clone().map(|c| c.sum));
        let sums = sums.with_data_type(SUM);
        let counts: Int64Array = rows.map(|c| c.rows).collect();
        let list = |array: ArrayRef| {
            ScalarValue::List(Arc::new(SingleRowListArrayBuilder::new(array).build_list_array()))
        };
        Ok(vec![list(Arc::new(patients)), list(Arc::new(sums)), list(Arc::new(counts))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [patients, sums, counts] = states else {
            return exec_err!("a cell's state has three columns, found {}", states.len());
        };
        let lists = |array: &ArrayRef| array.as_list::<i32>().clone();
        let (patients, sums, counts) = (lists(patients), lists(sums), lists(counts));
        for row in (0..patients.len()).filter(|row| patients.is_valid(*row)) {
            let (patients, sums, counts) =
                (patients.value(row), sums.value(row), counts.value(row));
            let patients = patients.as_primitive::<UInt64Type>().values();
            let sums = sums.as_primitive::<Decimal128Type>().values();
            let counts = counts.as_primitive::<Int64Type>().values();
            for ((patient, sum), rows) in patients.iter().zip(sums).zip(counts) {
                let contribution = Contribution { sum: *sum, rows: *rows };
                self.contributions.entry(*patient).or_default().merge(contribution);
            }
        }
        Ok(())
    }
}
