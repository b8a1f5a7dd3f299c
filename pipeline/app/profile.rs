//! Construct profiles by name or file.

use std::fs;

use anyhow::Context;
use vaxloom_mrna::Profile;

/// A built-in profile, or one of a file: its text stands for it in the plans.
pub(crate) fn read(name: &str) -> anyhow::Result<(String, Profile)> {
    if let Ok(profile) = Profile::built_in(name) {
        return Ok((name.to_owned(), profile));
    }
    let text = fs::read_to_string(name).with_context(|| {
        format!("profile {name}: expected inest, cov, or the path of a TOML file")
    })?;
    let profile = Profile::parse(name, &text)?;
    Ok((text, profile))
}
