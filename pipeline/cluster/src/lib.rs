//! The cluster: Ballista, and the Flight SQL server.
