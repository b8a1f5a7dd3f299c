//! A Flight SQL server over a lake: roles, an audit trail, limits and the privacy gate.
//!
//! [`serve`] is the way in. A connection comes through `transport` (TLS), a caller is known by `access` (tokens, certificates,
//! roles), `service` speaks Flight SQL, and a statement is planned (`plan`), run on threads of its own (`lane`, `guard`) and
//! answered (`statement`). Where sessions come from is behind [`Sessions`]: the lake here, or what stands in front of a cluster.

mod access;
mod audit;
mod error;
mod execution;
mod guard;
mod lane;
mod metadata;
mod metrics;
mod plan;
mod prepared;
mod running;
mod server;
mod service;
mod sessions;
mod statement;
mod transport;
mod wire;

pub use access::{Authority, Token, token};
pub use error::ServeError;
pub use server::{Settings, serve};
pub use sessions::{LakeSessions, Sessions};
pub use statement::Limits;
pub use transport::Tls;
