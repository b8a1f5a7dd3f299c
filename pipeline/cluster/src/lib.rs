//! The lake for clients elsewhere: a Flight SQL server.
