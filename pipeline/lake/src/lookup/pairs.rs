//! The distinct pairs of peptide and allele that rows ask for, each with its scores.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::SchemaRef;
use datafusion::common::{HashMap, Result};
use vaxloom_immune::Predictor;

use crate::functions::presentation::{Allele, scores};

/// The place of a pair that has no scores yet.
const NONE: u32 = u32::MAX;

/// Distinct pairs, in the order in which they were asked for first.
#[derive(Default)]
pub(super) struct Pairs<'a> {
    /// Peptide, and place of the allele.
    distinct: Vec<(&'a str, u32)>,
    places: HashMap<(u32, u32), u32>,
    peptides: HashMap<&'a str, u32>,
    alleles: Vec<Allele>,
    /// Alleles by the names that they are asked for by, and by their own.
    asked: HashMap<&'a str, u32>,
    named: HashMap<String, u32>,
}

impl<'a> Pairs<'a> {
    /// The pair of each row; none where the peptide or the allele is missing.
    pub(super) fn add(
        &mut self,
        predictor: &Arc<dyn Predictor>,
        peptides: &'a StringArray,
        alleles: &'a StringArray,
    ) -> Result<UInt32Array> {
        let rows = peptides.iter().zip(alleles).map(|row| {
            let (Some(peptide), Some(allele)) = row else { return Ok(None) };
            let allele = self.allele(predictor, allele)?;
            let next = self.peptides.len() as u32;
            let known = *self.peptides.entry(peptide).or_insert(next);
            let next = self.distinct.len() as u32;
            let pair = *self.places.entry((known, allele)).or_insert(next);
            if pair == next {
                self.distinct.push((peptide, allele));
            }
            Ok(Some(pair))
        });
        rows.collect()
    }

    fn allele(&mut self, predictor: &Arc<dyn Predictor>, asked: &'a str) -> Result<u32> {
        if let Some(place) = self.asked.get(asked) {
            return Ok(*place);
        }
        let allele = Allele::of(predictor, asked)?;
        let next = self.alleles.len() as u32;
        let place = *self.named.entry(allele.name.clone()).or_insert(next);
        if place == next {
            self.alleles.push(allele);
        }
        self.asked.insert(asked, place);
        Ok(place)
    }

    pub(super) fn len(&self) -> usize {
        self.distinct.len()
    }

    /// The least and the largest peptide.
    pub(super) fn range(&self) -> Option<(&'a str, &'a str)> {
        let peptides = || self.peptides.keys().copied();
        peptides().min().zip(peptides().max())
    }

    /// The alleles in normal form.
    pub(super) fn alleles(&self) -> impl Iterator<Item = &str> {
        self.alleles.iter().map(|allele| allele.name.as_str())
    }
}

/// Scores of pairs, as far as they are known.
pub(super) struct Known<'p, 'a> {
    pairs: &'p Pairs<'a>,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: u32,
    /// By pair: the row of its scores.
    places: Vec<u32>,
    missing: usize,
    /// The first pair that may be missing.
    first: usize,
}

impl<'p, 'a> Known<'p, 'a> {
    /// None yet; the columns that will be.
    pub(super) fn none(pairs: &'p Pairs<'a>, schema: SchemaRef) -> Self {
        let (places, missing) = (vec![NONE; pairs.len()], pairs.len());
        Self { pairs, schema, batches: Vec::new(), rows: 0, places, missing, first: 0 }
    }

    /// How many pairs have scores.
    pub(super) fn len(&self) -> usize {
        self.places.len() - self.missing
    }

    /// Whether no pair is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.missing == 0
    }

    fn push(&mut self, pair: usize) {
        self.places[pair] = self.rows;
        self.rows += 1;
        self.missing -= 1;
    }

    /// Takes what is asked for out of rows of `presentation` in the order of peptides.
    pub(super) fn take_from(
        &mut self,
        peptides: &StringArray,
        alleles: &StringArray,
        rows: &RecordBatch,
    ) -> Result<()> {
        let pairs = self.pairs;
        let mut wanted = Vec::new();
        // One peptide has rows of many alleles.
        let (mut last, mut known) = ("", None);
        for row in 0..peptides.len() {
            let peptide = peptides.value(row);
            if peptide != last {
                (last, known) = (peptide, pairs.peptides.get(peptide));
            }
            let Some(peptide) = known else { continue };
            let Some(allele) = pairs.named.get(alleles.value(row)) else { continue };
            let Some(pair) = pairs.places.get(&(*peptide, *allele)) else { continue };
            if self.places[*pair as usize] == NONE {
                self.push(*pair as usize);
                wanted.push(row as u32);
            }
        }
        if !wanted.is_empty() {
            let found = take_record_batch(rows, &UInt32Array::from(wanted))?;
            self.keep(&found)?;
        }
        Ok(())
    }

    /// Scores some of the missing pairs; answers with their number.
    pub(super) fn score(&mut self, predictor: &Arc<dyn Predictor>, most: usize) -> Result<usize> {
        let pairs = self.pairs;
        let mut asked = Vec::new();
        while self.first < self.places.len() && asked.len() < most {
            if self.places[self.first] == NONE {
                let (peptide, allele) = pairs.distinct[self.first];
                asked.push((peptide, &pairs.alleles[allele as usize]));
                self.push(self.first);
            }
            self.first += 1;
        }
        self.keep(&scores(predictor, &asked)?)?;
        Ok(asked.len())
    }

    fn keep(&mut self, rows: &RecordBatch) -> Result<()> {
        let places = self.schema.fields().iter().map(|field| rows.schema().index_of(field.name()));
        let rows = rows.project(&places.collect::<Result<Vec<_>, _>>()?)?;
        self.batches.push(RecordBatch::try_new(Arc::clone(&self.schema), rows.columns().to_vec())?);
        Ok(())
    }

    /// The scores of all pairs.
    pub(super) fn scores(&self) -> Result<RecordBatch> {
        Ok(concat_batches(&self.schema, &self.batches)?)
    }

    /// Where the scores of rows' pairs are among them.
    pub(super) fn places(&self, rows: &UInt32Array) -> UInt32Array {
        rows.iter().map(|pair| pair.map(|pair| self.places[pair as usize])).collect()
    }
}
