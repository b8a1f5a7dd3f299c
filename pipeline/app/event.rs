//! What an audit trail says of every command.

use chrono::{SecondsFormat, Utc};
use vaxloom_clinical::audit::Event;

/// The trail of a lake, in its folder.
pub(crate) const TRAIL: &str = ".audit.jsonl";

/// An event of now, by the account that runs the program.
pub(crate) fn event(command: &str) -> Event {
    let account = |name| std::env::var(name).ok();
    Event {
        at: Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        actor: account("USER")
            .or_else(|| account("LOGNAME"))
            .unwrap_or_else(|| "unknown".to_owned()),
        command: command.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Event::default()
    }
}
