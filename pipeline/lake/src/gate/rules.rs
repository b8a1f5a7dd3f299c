//! The figures of the gate.

/// What the gate holds to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Patients that a cell must have: 11.
    pub least: usize,
    /// Patients by which two cells must differ to be answered differently; a cell like no other is answered from
    /// `least + margin` patients on: 5.
    pub margin: usize,
    /// Standard deviation of the noise, in units of what one patient can change: 3.
    pub noise: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { least: 11, margin: 5, noise: 3.0 }
    }
}
