//! The lake for clients elsewhere: a Flight SQL server with roles, an audit trail, limits and the privacy gate.
//!
//! [`serve`] is the way in. A connection comes through `transport` (TLS), a caller is known by `access` (tokens, certificates, roles),
//! a statement is planned and run by `statement`, and `service` speaks Flight SQL. Where sessions come from is behind
//! [`Sessions`]: the local lake today.

mod access;
mod audit;
mod error;
mod metadata;
mod metrics;
mod prepared;
mod server;
mod service;
mod sessions;
mod statement;
mod transport;

pub use access::{Authority, Token, token};
pub use audit::verify as verify_audit;
pub use error::ServeError;
pub use server::{Settings, serve};
pub use sessions::{LakeSessions, Sessions};
pub use statement::Limits;
pub use transport::Tls;
