//! Adam (Kingma and Ba 2015, ICLR), with moments that can be saved and loaded.

use tch::{Device, TchError, Tensor, no_grad};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// First and second moments of every parameter's gradient.
#[derive(Debug)]
pub(crate) struct Adam {
    pub(crate) first: Vec<Tensor>,
    pub(crate) second: Vec<Tensor>,
    pub(crate) steps: u64,
}

impl Adam {
    pub(crate) fn new(parameters: &[Tensor]) -> Result<Self, TchError> {
        let zeros = || parameters.iter().map(Tensor::f_zeros_like).collect::<Result<Vec<_>, _>>();
        Ok(Self { first: no_grad(zeros)?, second: no_grad(zeros)?, steps: 0 })
    }

    /// The same moments on this device.
    pub(crate) fn on(self, device: Device) -> Result<Self, TchError> {
        let moved = |tensors: Vec<Tensor>| tensors.iter().map(|t| t.f_to(device)).collect();
        let (first, second): (Result<_, _>, Result<_, _>) = (moved(self.first), moved(self.second));
        Ok(Self { first: first?, second: second?, steps: self.steps })
    }

    /// One step against the gradients of `parameters`, which are then cleared.
    pub(crate) fn step(&mut self, parameters: &[Tensor], rate: f64) -> Result<(), TchError> {
        self.steps += 1;
        let correction1 = 1.0 - BETA1.powf(self.steps as f64);
        let correction2 = (1.0 - BETA2.powf(self.steps as f64)).sqrt();
        no_grad(|| {
            for ((parameter, first), second) in
                parameters.iter().zip(&mut self.first).zip(&mut self.second)
            {
                let mut gradient = parameter.f_grad()?;
                let _ = first.f_lerp_(&gradient, 1.0 - BETA1)?;
                let _ = second.f_lerp_(&gradient.f_square()?, 1.0 - BETA2)?;
                let scale = second.f_sqrt()?.f_div_scalar_(correction2)?.f_add_scalar_(EPSILON)?;
                let step = first.f_div(&scale)?.f_mul_scalar_(-rate / correction1)?;
                let _ = parameter.shallow_clone().f_add_(&step)?;
                let _ = gradient.f_zero_()?;
            }
            Ok(())
        })
    }
}
