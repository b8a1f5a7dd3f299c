//! The lake for clients elsewhere and on many machines: the Flight SQL server ([`serve`]) and Ballista ([`distributed`]).

pub mod distributed;
pub mod serve;
