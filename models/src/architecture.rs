//! The network, and its one trick.
//!
//! The first layer is a sum of embeddings of single letters at single places, so it falls apart into a part that
//! knows the peptide alone and a part that knows the molecule alone. N peptides against M molecules cost N + M
//! encodings; a pair costs one addition and the two small layers that follow. The members of an ensemble lie
//! side by side: one sum, and one batch of matrices for each of the other layers.
//!
//! ```text
//! peptide bytes  [n, places] ─ sum of embeddings ─▶ [n, members x first] ─┐
//!                                                                         + ─ relu ─ linear second ─ relu ─ linear heads
//! molecule bytes [n, 34]     ─ sum of embeddings ─▶ [n, members x first] ─┘    (dropout after each relu in training)
//! ```

use crate::encoding::{Class, Encoding};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, TchError, Tensor};
use vaxloom_immune::encoding::{AMINO_ACIDS, PSEUDOSEQUENCE};

/// What an output of the network stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// Logit of being presented.
    Presentation,
    /// Logit of 1 - ln(IC50 in nM) / ln(50,000): 1 at 1 nM, 0 at 50,000 nM (Nielsen et al. 2003, Protein Science
    /// 12:1007).
    Affinity,
}

/// What decides the shapes of the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Whose peptides it takes.
    pub class: Class,
    /// Its outputs.
    pub heads: Vec<Head>,
    /// Networks of the ensemble.
    pub members: usize,
    /// Units of a member's first hidden layer, the sum of embeddings.
    pub first: usize,
    /// Units of its second.
    pub second: usize,
    /// Residues of a class I peptide's flanks on each side; 0 where they are not looked at.
    #[serde(default)]
    pub flank: usize,
}

/// Names of the parameters, in the order of [`Network::parameters`].
const NAMES: [&str; 6] =
    ["peptide", "molecule", "second_weight", "second_bias", "output_weight", "output_bias"];

impl Architecture {
    /// Every parameter's name and shape, in the order of [`Network::parameters`].
    pub fn shapes(&self) -> Vec<(&'static str, Vec<usize>)> {
        let Self { members, first, second, .. } = *self;
        let heads = self.heads.len();
        let shapes = [
            vec![self.encoding().embeddings(), members * first],
            vec![PSEUDOSEQUENCE * AMINO_ACIDS.len(), members * first],
            vec![members, first, second],
            vec![members, 1, second],
            vec![members, second, heads],
            vec![members, 1, heads],
        ];
        NAMES.into_iter().zip(shapes).collect()
    }

    /// How its peptides are encoded.
    pub fn encoding(&self) -> Encoding {
        Encoding::new(self.class, self.flank)
    }

    /// Place of a head among the outputs.
    pub fn head(&self, head: Head) -> Option<usize> {
        self.heads.iter().position(|&h| h == head)
    }
}

/// Multipliers that drop units in training, already scaled by 1 / keep.
#[derive(Debug)]
pub struct Dropout {
    /// For the first hidden layer, `[members, n, first]`.
    pub first: Tensor,
    /// For the second, `[members, n, second]`.
    pub second: Tensor,
}

/// The parameters on one device.
#[derive(Debug)]
pub struct Network {
    architecture: Architecture,
    parameters: Vec<Tensor>,
    peptide_rows: Tensor,
    molecule_rows: Tensor,
    device: Device,
}

impl Network {
    /// Takes parameters in the order and shapes of [`Architecture::shapes`].
    pub fn new(
        architecture: &Architecture,
        parameters: &[Tensor],
        device: Device,
    ) -> Result<Self, TchError> {
        let parameters: Result<_, _> = parameters.iter().map(|p| p.f_to(device)).collect();
        let molecule_rows: Vec<i64> =
            (0..PSEUDOSEQUENCE).map(|place| (place * AMINO_ACIDS.len()) as i64).collect();
        Ok(Self {
            architecture: architecture.clone(),
            parameters: parameters?,
            peptide_rows: Tensor::f_from_slice(architecture.encoding().starts())?.f_to(device)?,
            molecule_rows: Tensor::f_from_slice(&molecule_rows)?.f_to(device)?,
            device,
        })
    }

    /// Handles of its own to the same parameters, for another thread.
    pub fn share(&self) -> Result<Self, TchError> {
        Self::new(&self.architecture, &self.parameters, self.device)
    }

    /// The parameters, in the order of [`Architecture::shapes`].
    pub fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    /// Its shapes.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The device of the parameters.
    pub fn device(&self) -> Device {
        self.device
    }

    /// First-layer part of peptide rows: `[n, places]` bytes to `[n, members x first]`.
    pub fn peptide_part(&self, bytes: &[u8]) -> Result<Tensor, TchError> {
        self.embed(bytes, &self.peptide_rows, &self.parameters[0])
    }

    /// First-layer part of molecules: `[n, 34]` bytes to `[n, members x first]`.
    pub fn molecule_part(&self, bytes: &[u8]) -> Result<Tensor, TchError> {
        self.embed(bytes, &self.molecule_rows, &self.parameters[1])
    }

    fn embed(&self, bytes: &[u8], rows: &Tensor, table: &Tensor) -> Result<Tensor, TchError> {
        let width = rows.numel();
        let count = bytes.len() / width;
        let index = Tensor::f_from_slice(bytes)?
            .f_view([count as i64, width as i64])?
            .f_to(self.device)?
            .f_to_kind(Kind::Int64)?
            .f_add(rows)?
            .f_view([-1])?;
        let (end, step) = ((count * width) as i64, width as i64);
        let starts = Tensor::f_arange_start_step(0, end, step, (Kind::Int64, self.device))?;
        let (sum, ..) = Tensor::f_embedding_bag::<Tensor>(
            table, &index, &starts, false, 0, false, None, false,
        )?;
        Ok(sum)
    }

    /// Every member's logits of pairs, `[members, n, heads]`, from the sum of their parts, `[n, members x first]`.
    pub fn member_logits(
        &self,
        mut sum: Tensor,
        dropout: Option<&Dropout>,
    ) -> Result<Tensor, TchError> {
        let [_, _, second, second_bias, output, output_bias] = self.parameters.as_slice() else {
            return Err(TchError::Shape("a network has six parameters".to_owned()));
        };
        let Architecture { members, first, .. } = self.architecture;
        let mut hidden =
            sum.f_relu_()?.f_view([-1, members as i64, first as i64])?.f_transpose(0, 1)?;
        if let Some(dropout) = dropout {
            hidden = hidden.f_mul(&dropout.first)?;
        }
        hidden = second_bias.f_baddbmm(&hidden, second, 1.0, 1.0)?.f_relu_()?;
        if let Some(dropout) = dropout {
            hidden = hidden.f_mul(&dropout.second)?;
        }
        output_bias.f_baddbmm(&hidden, output, 1.0, 1.0)
    }

    /// The ensemble's logits of pairs, `[n, heads]`: the mean over the members.
    pub fn logits(&self, peptides: &Tensor, molecules: &Tensor) -> Result<Tensor, TchError> {
        let members = self.member_logits(peptides.f_add(molecules)?, None)?;
        members.f_mean_dim([0i64].as_slice(), false, Kind::Float)
    }

    /// [`Network::logits`], and behind them the standard deviation over the members of the first head's, `[n, heads + 1]`; 0
    /// where there is one member.
    pub fn logits_with_spread(
        &self,
        peptides: &Tensor,
        molecules: &Tensor,
    ) -> Result<Tensor, TchError> {
        let members = self.member_logits(peptides.f_add(molecules)?, None)?;
        let mean = members.f_mean_dim([0i64].as_slice(), false, Kind::Float)?;
        let distance = members.f_narrow(2, 0, 1)?.f_sub(&mean.f_narrow(1, 0, 1)?)?;
        let others = (self.architecture.members as f64 - 1.0).max(1.0);
        let squares =
            distance.f_square()?.f_sum_dim_intlist([0i64].as_slice(), false, Kind::Float)?;
        let spread = squares.f_div_scalar(others)?.f_sqrt()?;
        Tensor::f_cat(&[mean, spread], 1)
    }
}

/// Draws starting parameters. The molecule's start at zero, so that a residue that no training molecule has at its
/// place says nothing, rather than something random.
pub fn initialise(
    architecture: &Architecture,
    rng: &mut impl rand::Rng,
) -> Result<Vec<Tensor>, TchError> {
    let places = architecture.encoding().width();
    let fan_in = [places, 0, architecture.first, 0, architecture.second, 0];
    let shapes = architecture.shapes().into_iter().zip(fan_in);
    let draw = |((_, shape), fan_in): ((&str, Vec<usize>), usize)| {
        // Uniform of variance 2 / fan-in (He et al. 2015), which relu layers keep.
        let bound = if fan_in == 0 { 0.0 } else { (6.0 / fan_in as f32).sqrt() };
        let draws = (0..shape.iter().product()).map(|_| (rng.random::<f32>() * 2.0 - 1.0) * bound);
        let shape: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
        Tensor::f_from_slice(&draws.collect::<Vec<f32>>())?.f_view(shape.as_slice())
    };
    shapes.map(draw).collect()
}
