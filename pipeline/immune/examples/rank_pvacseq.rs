//! Ranks a table of scored epitopes: `cargo run --example rank_pvacseq -- all_epitopes.tsv.gz pvac-7 > aggregated.tsv`.
//! A purity may follow (`-`: none), and tables of anchor weights.

use std::error::Error;
use std::fs::File;

use vaxloom_immune::pvacseq::rules::Rules;
use vaxloom_immune::pvacseq::{AnchorWeights, Options, rank};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(scores), Some(policy)) = (arguments.next(), arguments.next()) else {
        return Err("expected a table of scored epitopes and pvac-7, pvac-6 or a TOML file".into());
    };
    let rules = match Rules::built_in(&policy) {
        Some(rules) => rules?,
        None => Rules::parse(&policy, &std::fs::read_to_string(&policy)?)?,
    };
    let purity = arguments.next().filter(|purity| purity != "-");
    let purity = purity.map(|purity| purity.parse()).transpose()?;
    let mut weights = AnchorWeights::default();
    for file in arguments {
        weights.read(&file, File::open(&file)?)?;
    }
    let options = Options { purity, clonal_vaf: None, anchors: Some(&weights) };
    let ranked = rank(&scores, File::open(&scores)?, &rules, options)?;
    Ok(ranked.table.write(std::io::stdout().lock())?)
}
