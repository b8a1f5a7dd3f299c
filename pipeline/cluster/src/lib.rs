//! The lake for clients elsewhere and on many machines: the Flight SQL server ([`serve`]).

pub mod serve;
