//! The figures of an evaluation, and the tables that a model card shows of them.

use std::fmt;

/// Figures of one tool on one set of rows, each in 0..=1, higher is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Area under the receiver operating characteristic.
    pub auroc: f64,
    /// Average precision.
    pub average_precision: f64,
    /// Share of ligands among the best n, where n is their number.
    pub ppv_n: f64,
}

/// One sample's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleFigures {
    /// The file's name without extension.
    pub sample: String,
    /// Ligands among the rows.
    pub ligands: usize,
    /// Decoys among the rows.
    pub decoys: usize,
    /// In the order of [`Evaluation::tools`].
    pub tools: Vec<Figures>,
}

/// All samples under one choice of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Which rows.
    pub title: &'static str,
    /// Sample by sample.
    pub samples: Vec<SampleFigures>,
    /// Means over the samples, in the order of [`Evaluation::tools`].
    pub mean: Vec<Figures>,
}

/// The figures of a model and of the other tools.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The model and its version, then the other tools.
    pub tools: Vec<String>,
    /// On all rows.
    pub all: Part,
    /// On the ligands whose peptide no training table holds, with all decoys.
    pub unseen: Part,
}

/// Means figure by figure; NaN of none.
pub(crate) fn mean(figures: impl Iterator<Item = Figures>) -> Figures {
    let (mut sum, mut count) = (Figures { auroc: 0.0, average_precision: 0.0, ppv_n: 0.0 }, 0.0);
    for f in figures {
        sum.auroc += f.auroc;
        sum.average_precision += f.average_precision;
        sum.ppv_n += f.ppv_n;
        count += 1.0;
    }
    Figures {
        auroc: sum.auroc / count,
        average_precision: sum.average_precision / count,
        ppv_n: sum.ppv_n / count,
    }
}

/// Markdown, as in the model card: means of every tool, then the samples.
impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.all, &self.unseen] {
            writeln!(
                f,
                "### {}\n\nAUROC / average precision / PPVn, mean over {} samples.\n",
                part.title,
                part.samples.len()
            )?;
            writeln!(f, "| tool | AUROC | AP | PPVn |\n|---|---|---|---|")?;
            for (tool, mean) in self.tools.iter().zip(&part.mean) {
                writeln!(
                    f,
                    "| {tool} | {:.4} | {:.4} | {:.4} |",
                    mean.auroc, mean.average_precision, mean.ppv_n
                )?;
            }
            write!(f, "\n| sample | ligands | decoys |")?;
            self.tools.iter().try_for_each(|tool| write!(f, " {tool} |"))?;
            writeln!(f, "\n|---|---|---|{}", "---|".repeat(self.tools.len()))?;
            for sample in &part.samples {
                write!(f, "| {} | {} | {} |", sample.sample, sample.ligands, sample.decoys)?;
                for t in &sample.tools {
                    write!(f, " {:.4} / {:.4} / {:.4} |", t.auroc, t.average_precision, t.ppv_n)?;
                }
                writeln!(f)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
