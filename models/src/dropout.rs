//! Which units are dropped in training (Srivastava et al. 2014, Journal of Machine Learning Research 15:1929).

use crate::architecture::{Architecture, Dropout};
use rand::Rng;
use tch::{Device, Kind, TchError, Tensor};

/// One random byte for each unit of both hidden layers.
pub(crate) struct Dropped {
    first: Vec<u8>,
    second: Vec<u8>,
}

impl Dropped {
    /// For a batch of so many rows.
    pub(crate) fn draw(architecture: &Architecture, rows: usize, rng: &mut impl Rng) -> Self {
        let Architecture { members, first, second, .. } = *architecture;
        let mut draw = |units: usize| {
            let mut bytes = vec![0; members * rows * units];
            rng.fill_bytes(&mut bytes);
            bytes
        };
        Self { first: draw(first), second: draw(second) }
    }

    /// Zero for a fraction of the units, and for the others what keeps the sum as it was.
    pub(crate) fn multipliers(
        &self,
        architecture: &Architecture,
        fraction: f64,
        device: Device,
    ) -> Result<Dropout, TchError> {
        let Architecture { members, first, second, .. } = *architecture;
        let dropped = (fraction * 256.0).round() as i64;
        let scale = 256.0 / (256 - dropped) as f64;
        let multipliers = |bytes: &[u8], units: usize| {
            let shape = [members as i64, -1, units as i64];
            Tensor::f_from_slice(bytes)?
                .f_view(shape)?
                .f_to(device)?
                .f_ge(dropped)?
                .f_to_kind(Kind::Float)?
                .f_mul_scalar_(scale)
        };
        Ok(Dropout {
            first: multipliers(&self.first, first)?,
            second: multipliers(&self.second, second)?,
        })
    }
}
