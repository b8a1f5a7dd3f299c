//! `vaxloom fold` and `vaxloom optimize`: molecules by themselves.

mod fold;
mod optimize;

pub(crate) use fold::fold;
pub(crate) use optimize::optimize;
