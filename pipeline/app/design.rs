//! `vaxloom design`: a molecule of antigens given or chosen.

mod candidates;

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use vaxloom_genome::Proteome;
use vaxloom_immune::Predictor;
use vaxloom_immune::hla::HlaAllele;
use vaxloom_models::{MhcPredictor, Task};
use vaxloom_mrna::design::{HlaCopies, LeastCost, Offered, Tools, design_chosen};
use vaxloom_mrna::peptides::read_peptides;
use vaxloom_mrna::select::table;
use vaxloom_mrna::shape::TurnerFolding;
use vaxloom_mrna::{
    Alleles, Candidate, Coder, Design, DesignInput, Profile, design_molecules, files,
};

use crate::args::DesignArgs;
use crate::exit::{self, Exit};
use crate::{predictor, profile, proteome};

pub(crate) fn design(args: &DesignArgs, threads: usize) -> anyhow::Result<Exit> {
    exit::pool(threads);
    let (_, profile) = profile::read(&args.profile)?;
    let scorers = Scorers::load(args, threads)?;
    let ranks = |pairs: &[(&str, &str)]| scorers.ranks(pairs);
    let alleles = Alleles::new(&scorers.class_1, &scorers.class_2, &ranks);
    let proteome = args.proteome.as_deref().map(proteome::read).transpose()?;
    let known_self =
        |peptide: &str| proteome.as_ref().is_some_and(|p: &Proteome| p.contains(peptide));
    let beam = (args.beam > 0).then_some(args.beam);
    let stable = LeastCost { lambdas: args.lambda.clone(), beam };
    let mut tools = Tools::default();
    if !args.lambda.is_empty() {
        tools.coder = &stable as &dyn Coder;
        tools.most_coded = 1;
    }
    if !args.no_folding {
        tools.folding = Some(&TurnerFolding);
    }
    let (designed, selected) = match (&args.peptides, &args.candidates) {
        (_, Some(path)) => {
            let input = Offered {
                patient_id: &args.name,
                offers: candidates::read(path, &scorers.class_1)?,
                class_1: scorers.class_1.clone(),
                hla: if args.hla_retained { HlaCopies::Retained } else { HlaCopies::Unknown },
                profile: &profile,
                scorer: &alleles,
                known_self: &known_self,
            };
            let chosen = design_chosen(&input, tools)?;
            (chosen.molecules, Some(table(&chosen.question, &chosen.selection)))
        }
        (Some(path), None) => {
            let input = DesignInput {
                patient_id: &args.name,
                peptides: antigens(path)?,
                profile: &profile,
                scorer: &alleles,
                known_self: &known_self,
            };
            (design_molecules(&input, &[], tools)?, None)
        }
        (None, None) => bail!("nothing to design from; give --peptides or --candidates"),
    };
    fs::create_dir_all(&args.output)
        .with_context(|| format!("{}: cannot be made", args.output.display()))?;
    if !designed.left_out.is_empty() {
        tracing::warn!("{}", designed.left_out);
    }
    if let Some(selected) = selected {
        let path = args.output.join(format!("{}.selection.tsv", args.name));
        fs::write(&path, selected)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    for molecule in &designed.molecules {
        write(args, &molecule.designs, &profile)?;
    }
    Ok(Exit::Done)
}

/// Each antigen counts the same; those that come first are taken where there is no room for all.
fn antigens(path: &Path) -> anyhow::Result<Vec<Candidate>> {
    let file = path.display().to_string();
    let text = fs::read_to_string(path)
        .with_context(|| format!("{file}: cannot be read; check the path"))?;
    let peptides = read_peptides(&file, &text)?;
    Ok(peptides.into_iter().map(Candidate::from).collect())
}

#[allow(clippy::print_stdout, reason = "what the command answers")]
fn write(args: &DesignArgs, designs: &[Design], profile: &Profile) -> anyhow::Result<()> {
    // Two molecules of one patient are named PATIENT-A and PATIENT-B, and so are their files.
    let id = designs.first().map_or("", |design| design.construct.construct_id.as_str());
    let stem = id.rsplit_once("-C").map_or(args.name.as_str(), |(stem, _)| stem);
    for (name, bytes) in files(stem, designs, profile)? {
        let path = args.output.join(name);
        fs::write(&path, bytes)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
    }
    for design in designs {
        let construct = &design.construct;
        println!(
            "{}  {}, {} antigens, {} nt, score {:.3}: {}",
            construct.construct_id,
            construct.strategy,
            construct.peptide_count,
            construct.length_nt,
            construct.score,
            construct.reason
        );
    }
    Ok(())
}

/// The predictors of both classes, as far as there are alleles of them.
struct Scorers {
    class_1: Vec<String>,
    class_2: Vec<String>,
    of_class_1: Option<std::sync::Arc<MhcPredictor>>,
    of_class_2: Option<std::sync::Arc<MhcPredictor>>,
}

impl Scorers {
    fn load(args: &DesignArgs, threads: usize) -> anyhow::Result<Self> {
        let load = |task, wanted: bool| {
            wanted.then(|| predictor::load(task, None, &args.device, threads)).transpose()
        };
        let (mut class_1, mut class_2) = (Vec::new(), Vec::new());
        for name in &args.alleles {
            // A pair of class II chains has a name of its own, which the predictor reads.
            match HlaAllele::parse(name) {
                Ok(allele) if allele.is_class_one() => class_1.push(allele.two_field()),
                Ok(allele) => class_2.push(allele.two_field()),
                Err(_) if name.contains('-') && name.matches('*').count() == 2 => {
                    class_2.push(name.clone());
                }
                Err(error) => bail!("--alleles: {error}"),
            }
        }
        let of_class_1 = load(Task::Mhc1Presentation, !class_1.is_empty())?;
        let of_class_2 = load(Task::Mhc2Presentation, !class_2.is_empty())?;
        let known = |allele: &String, predictor: &Option<std::sync::Arc<MhcPredictor>>| {
            let predictor = predictor.as_ref().context("no predictor")?;
            predictor.resolve(allele).map_err(|error| anyhow::anyhow!("--alleles: {error}"))
        };
        class_1.iter().try_for_each(|allele| known(allele, &of_class_1).map(|_| ()))?;
        class_2.iter().try_for_each(|allele| known(allele, &of_class_2).map(|_| ()))?;
        Ok(Self { class_1, class_2, of_class_1, of_class_2 })
    }

    /// All pairs of one call are of one class or the other, by their alleles.
    fn ranks(&self, pairs: &[(&str, &str)]) -> Result<Vec<f32>, String> {
        let mut ranks = vec![0.0; pairs.len()];
        for (alleles, predictor) in
            [(&self.class_1, &self.of_class_1), (&self.class_2, &self.of_class_2)]
        {
            let Some(predictor) = predictor else { continue };
            let of_class = |(_, (_, allele)): &(usize, &(&str, &str))| {
                alleles.iter().any(|known| known == allele)
            };
            let places: Vec<usize> =
                pairs.iter().enumerate().filter(of_class).map(|(place, _)| place).collect();
            let asked: Vec<(&str, &str)> = places.iter().map(|&place| pairs[place]).collect();
            let answers = predictor.predict(&asked).map_err(|error| error.to_string())?;
            for (&place, answer) in places.iter().zip(answers) {
                ranks[place] = answer.map_err(|error| error.to_string())?.percentile;
            }
        }
        Ok(ranks)
    }
}
