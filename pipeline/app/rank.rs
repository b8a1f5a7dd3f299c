//! `vaxloom rank`: pVACseq's tables under rules that are data.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use vaxloom_immune::pvacseq::rules::{BUILT_IN, Rules};
use vaxloom_immune::pvacseq::{AnchorWeights, Options, rank as ranked};

use crate::args::RankArgs;
use crate::exit::Exit;
use crate::policy;
use crate::written::Written;

pub(crate) fn rank(args: &RankArgs) -> anyhow::Result<Exit> {
    let mut out = Written::to(args.output.as_deref())?;
    if let Some(name) = &args.show {
        out.write_all(policy::text(name)?.as_bytes())?;
        out.finish()?;
        return Ok(Exit::Done);
    }
    let scores = args.scores.as_deref().context("give --scores")?;
    let name = scores.display().to_string();
    let open = |path: &Path| {
        File::open(path)
            .with_context(|| format!("{}: cannot be read; check the path", path.display()))
    };
    if args.purity.is_some_and(|purity| !(purity > 0.0 && purity <= 1.0)) {
        bail!("--purity: expected a fraction above 0, up to 1");
    }
    let mut weights = AnchorWeights::default();
    for path in &args.anchors {
        weights.read(&path.display().to_string(), open(path)?)?;
    }
    let anchors = (!args.anchors.is_empty()).then_some(&weights);
    let options = Options { purity: args.purity, clonal_vaf: None, anchors };
    let policy = args.policy.as_deref().map_or("pvac-7".into(), Path::to_string_lossy);
    let rules = rules(&policy)?;
    let ranked = ranked(&name, open(scores)?, &rules, options)?;
    ranked.table.write(&mut out)?;
    out.finish()?;
    tracing::info!(
        "{} rows read, {} variants under policy {}; VAF of a clonal variant {:.3}",
        ranked.rows_read,
        ranked.table.rows.len(),
        rules.name,
        ranked.clonal_vaf
    );
    Ok(Exit::Done)
}

fn rules(policy: &str) -> anyhow::Result<Rules> {
    if let Some(rules) = Rules::built_in(policy) {
        return Ok(rules?);
    }
    let text = fs::read_to_string(policy).with_context(|| unknown(policy))?;
    Ok(Rules::parse(policy, &text)?)
}

fn unknown(policy: &str) -> String {
    format!("policy {policy}: expected {}, or the path of a TOML file", BUILT_IN.join(", "))
}
