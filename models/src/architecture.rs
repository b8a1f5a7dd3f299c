//! The network, and its one trick.
//!
//! The first layer is a sum of embeddings of single residues at single places, so it falls apart
//! into a part that knows the peptide alone and a part that knows the allele alone. N peptides
//! against M alleles cost N + M encodings; a pair costs one addition and the two small layers that
//! follow.
//!
//! ```text
//! peptide bytes [N, 23] ─ embedding sum ─▶ [N, h1] ─┐
//!                                                   + ─ relu ─ dropout ─ linear h2 ─ relu ─ dropout ─ linear 1 ─▶ logit
//! allele bytes  [M, 34] ─ embedding sum ─▶ [M, h1] ─┘
//! ```

use crate::encoding::{LETTERS, MAX_LENGTH, MIN_LENGTH, PEPTIDE_BYTES};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, TchError, Tensor};
use vaxloom_immune::encoding::{AMINO_ACIDS, PSEUDOSEQUENCE};

const PEPTIDE_ROWS: usize = 2 * MAX_LENGTH * LETTERS + (MAX_LENGTH - MIN_LENGTH + 1);
const ALLELE_ROWS: usize = PSEUDOSEQUENCE * AMINO_ACIDS.len();

/// Widths of the two hidden layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Units of the first hidden layer, the sum of embeddings.
    pub first: usize,
    /// Units of the second.
    pub second: usize,
}

impl Architecture {
    /// Every parameter's name and shape, in the order of [`Network::parameters`].
    pub fn shapes(&self) -> [(&'static str, [usize; 2]); 6] {
        [
            ("peptide", [PEPTIDE_ROWS, self.first]),
            ("allele", [ALLELE_ROWS, self.first]),
            ("second_weight", [self.first, self.second]),
            ("second_bias", [1, self.second]),
            ("output_weight", [self.second, 1]),
            ("output_bias", [1, 1]),
        ]
    }
}

/// Multipliers that drop units in training, already scaled by 1 / keep.
#[derive(Debug)]
pub struct Dropout {
    /// For the first hidden layer, `[batch, first]`.
    pub first: Tensor,
    /// For the second, `[batch, second]`.
    pub second: Tensor,
}

/// The parameters on one device.
#[derive(Debug)]
pub struct Network {
    parameters: Vec<Tensor>,
    peptide_rows: Tensor,
    allele_rows: Tensor,
    device: Device,
}

impl Network {
    /// Takes parameters in the order and shapes of [`Architecture::shapes`].
    pub fn new(parameters: &[Tensor], device: Device) -> Result<Self, TchError> {
        let parameters: Result<_, _> = parameters.iter().map(|p| p.f_to(device)).collect();
        Ok(Self {
            parameters: parameters?,
            peptide_rows: first_rows(PEPTIDE_BYTES, LETTERS, device)?,
            allele_rows: first_rows(PSEUDOSEQUENCE, AMINO_ACIDS.len(), device)?,
            device,
        })
    }

    /// Handles of its own to the same parameters, for another thread.
    pub fn share(&self) -> Result<Self, TchError> {
        Self::new(&self.parameters, self.device)
    }

    /// The parameters, in the order of [`Architecture::shapes`].
    pub fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    /// The device of the parameters.
    pub fn device(&self) -> Device {
        self.device
    }

    /// First-layer part of peptides: `[n, 23]` bytes to `[n, first]`.
    pub fn peptide_part(&self, bytes: &[u8]) -> Result<Tensor, TchError> {
        self.embed(bytes, PEPTIDE_BYTES, &self.peptide_rows, &self.parameters[0])
    }

    /// First-layer part of alleles: `[n, 34]` bytes to `[n, first]`.
    pub fn allele_part(&self, bytes: &[u8]) -> Result<Tensor, TchError> {
        self.embed(bytes, PSEUDOSEQUENCE, &self.allele_rows, &self.parameters[1])
    }

    fn embed(
        &self,
        bytes: &[u8],
        width: usize,
        rows: &Tensor,
        table: &Tensor,
    ) -> Result<Tensor, TchError> {
        let count = bytes.len() / width;
        let index = Tensor::f_from_slice(bytes)?
            .f_view([count as i64, width as i64])?
            .f_to(self.device)?
            .f_to_kind(Kind::Int64)?
            .f_add(rows)?
            .f_view([-1])?;
        let starts = Tensor::f_arange_start_step(
            0,
            (count * width) as i64,
            width as i64,
            (Kind::Int64, self.device),
        )?;
        let (sum, ..) = Tensor::f_embedding_bag::<Tensor>(
            table, &index, &starts, false, 0, false, None, false,
        )?;
        Ok(sum)
    }

    /// Logits of pairs, `[n]`, from their parts, `[n, first]` each.
    pub fn logits(
        &self,
        peptides: &Tensor,
        alleles: &Tensor,
        dropout: Option<&Dropout>,
    ) -> Result<Tensor, TchError> {
        let [_, _, second, second_bias, output, output_bias] = self.parameters.as_slice() else {
            return Err(TchError::Shape("a network has six parameters".to_owned()));
        };
        let mut hidden = peptides.f_add(alleles)?.f_relu_()?;
        if let Some(dropout) = dropout {
            hidden = hidden.f_mul(&dropout.first)?;
        }
        hidden = hidden.f_matmul(second)?.f_add_(second_bias)?.f_relu_()?;
        if let Some(dropout) = dropout {
            hidden = hidden.f_mul(&dropout.second)?;
        }
        hidden.f_matmul(output)?.f_add_(output_bias)?.f_view([-1])
    }
}

/// Draws starting parameters. The allele's start at zero, so that a residue that no training allele
/// has at its place says nothing, rather than something random.
pub fn initialise(
    architecture: &Architecture,
    rng: &mut impl rand::Rng,
) -> Result<Vec<Tensor>, TchError> {
    let fan_in = [PEPTIDE_BYTES, 0, architecture.first, 0, architecture.second, 0];
    let shapes = architecture.shapes().into_iter().zip(fan_in);
    let draw = |((_, [rows, columns]), fan_in): ((&str, [usize; 2]), usize)| {
        // Uniform of variance 2 / fan-in (He et al. 2015), which relu layers keep.
        let bound = if fan_in == 0 { 0.0 } else { (6.0 / fan_in as f32).sqrt() };
        let draws = (0..rows * columns).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound);
        Tensor::f_from_slice(&draws.collect::<Vec<f32>>())?.f_view([rows as i64, columns as i64])
    };
    shapes.map(draw).collect()
}

/// The first row of each place's block in an embedding table.
fn first_rows(places: usize, letters: usize, device: Device) -> Result<Tensor, TchError> {
    let rows: Vec<i64> = (0..places).map(|place| (place * letters) as i64).collect();
    Tensor::f_from_slice(&rows)?.f_to(device)
}
