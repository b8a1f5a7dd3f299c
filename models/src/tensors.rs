//! Tensors as bytes of a safetensors file, and back.

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::HashMap;
use tch::{Kind, TchError, Tensor};
use vaxloom_immune::percentile::PercentileError;

/// What a file may hold and why it may be refused.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// Not a safetensors file, cut short, or without a tensor of that name.
    #[error(transparent)]
    Format(#[from] safetensors::SafeTensorError),
    /// Another shape or element type than the configuration says.
    #[error("tensor {name} is {found}, expected {expected}")]
    Shape {
        /// Name of the tensor.
        name: String,
        /// Type and shape in the file.
        found: String,
        /// Type and shape wanted.
        expected: String,
    },
    /// NaN or infinity.
    #[error("tensor {name} holds a value that is not finite")]
    NotFinite {
        /// Name of the tensor.
        name: String,
    },
    /// Names, pseudo-sequences and counts of the molecules do not fit together.
    #[error("the table of molecules is inconsistent")]
    Molecules,
    /// Percentiles or logits are out of order.
    #[error("calibration table: {0}")]
    Calibration(#[from] PercentileError),
    /// libtorch failed.
    #[error(transparent)]
    Torch(#[from] TchError),
}

/// A tensor on its way into a file.
#[derive(Debug)]
pub(crate) struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Entry {
    /// A float tensor, stored as `kind` (`Float` or `Half`).
    pub(crate) fn floats(name: &str, tensor: &Tensor, kind: Kind) -> Result<Self, TchError> {
        let (dtype, width) = if kind == Kind::Half { (Dtype::F16, 2) } else { (Dtype::F32, 4) };
        let stored = tensor.f_detach()?.f_to_kind(kind)?.f_to(tch::Device::Cpu)?.f_contiguous()?;
        let mut data = vec![0; stored.numel() * width];
        stored.f_copy_data_u8(&mut data, stored.numel())?;
        let shape = stored.size().iter().map(|&n| n as usize).collect();
        Ok(Self { name: name.to_owned(), dtype, shape, data })
    }

    pub(crate) fn bytes(name: &str, shape: &[usize], data: Vec<u8>) -> Self {
        Self { name: name.to_owned(), dtype: Dtype::U8, shape: shape.to_owned(), data }
    }

    pub(crate) fn integers(name: &str, values: impl Iterator<Item = i32>) -> Self {
        let data: Vec<u8> = values.flat_map(i32::to_le_bytes).collect();
        Self { name: name.to_owned(), dtype: Dtype::I32, shape: vec![data.len() / 4], data }
    }
}

/// The file's bytes.
pub(crate) fn serialize(
    entries: &[Entry],
    metadata: Option<HashMap<String, String>>,
) -> Result<Vec<u8>, TensorFileError> {
    let views: Result<Vec<_>, _> = entries
        .iter()
        .map(|e| {
            Ok::<_, TensorFileError>((
                e.name.as_str(),
                TensorView::new(e.dtype, e.shape.clone(), &e.data)?,
            ))
        })
        .collect();
    Ok(safetensors::serialize(views?, metadata)?)
}

/// A float tensor of this shape, as f32 on the CPU.
pub(crate) fn read_floats(
    file: &SafeTensors<'_>,
    name: &str,
    shape: &[usize],
) -> Result<Tensor, TensorFileError> {
    let view = file.tensor(name)?;
    let kind = match view.dtype() {
        Dtype::F16 => Kind::Half,
        Dtype::F32 => Kind::Float,
        _ => return Err(wrong_shape(name, &view, &format!("F16 or F32 {shape:?}"))),
    };
    if view.shape() != shape {
        return Err(wrong_shape(name, &view, &format!("{shape:?}")));
    }
    let sizes: Vec<i64> = shape.iter().map(|&n| n as i64).collect();
    let tensor = Tensor::f_from_data_size(view.data(), &sizes, kind)?.f_to_kind(Kind::Float)?;
    let finite = tensor.f_isfinite()?.f_all()?.f_int64_value(&[])? == 1;
    if finite { Ok(tensor) } else { Err(TensorFileError::NotFinite { name: name.to_owned() }) }
}

/// The bytes of a tensor of bytes.
pub(crate) fn read_bytes<'a>(
    file: &SafeTensors<'a>,
    name: &str,
) -> Result<&'a [u8], TensorFileError> {
    let view = file.tensor(name)?;
    if view.dtype() == Dtype::U8 { Ok(view.data()) } else { Err(wrong_shape(name, &view, "U8")) }
}

/// The values of a vector of non-negative integers.
pub(crate) fn read_counts(
    file: &SafeTensors<'_>,
    name: &str,
) -> Result<Vec<usize>, TensorFileError> {
    let view = file.tensor(name)?;
    let wrong = || wrong_shape(name, &view, "I32, none below 0");
    if view.dtype() != Dtype::I32 {
        return Err(wrong());
    }
    let (values, _) = view.data().as_chunks::<4>();
    values.iter().map(|&v| usize::try_from(i32::from_le_bytes(v)).map_err(|_| wrong())).collect()
}

fn wrong_shape(name: &str, view: &TensorView<'_>, expected: &str) -> TensorFileError {
    TensorFileError::Shape {
        name: name.to_owned(),
        found: format!("{:?} {:?}", view.dtype(), view.shape()),
        expected: expected.to_owned(),
    }
}
