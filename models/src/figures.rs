//! The figures of an evaluation, and the tables that a model card shows of them.

use std::fmt;
use vaxloom_immune::bootstrap::Interval;

/// One sample's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleFigures {
    /// Name of the sample, or of the set of rows.
    pub sample: String,
    /// Ligands, or binders, among the rows.
    pub positives: usize,
    /// The other rows.
    pub negatives: usize,
    /// By tool, in the order of [`Evaluation::tools`]: the figures in the order of [`Part::figures`].
    pub tools: Vec<Vec<f64>>,
}

/// A tool's figures over all samples of a part.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolFigures {
    /// In the order of [`Part::figures`], each the mean over the samples, with a 95 % interval.
    pub means: Vec<Interval>,
    /// The model's figures minus this tool's on the same rows; of the model itself, zero.
    pub differences: Vec<Interval>,
}

/// All samples under one choice of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Which rows.
    pub title: String,
    /// Names of the figures; each is higher for a better tool.
    pub figures: Vec<&'static str>,
    /// Sample by sample.
    pub samples: Vec<SampleFigures>,
    /// In the order of [`Evaluation::tools`].
    pub tools: Vec<ToolFigures>,
}

/// The figures of a model and of other tools, on the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Name of the benchmark, as in the marks of a model card.
    pub benchmark: &'static str,
    /// The model and its version, then the other tools.
    pub tools: Vec<String>,
    /// Parts of the benchmark.
    pub parts: Vec<Part>,
    /// Figures that others published, which cannot be computed again here.
    pub published: Vec<String>,
}

/// Markdown, as in the model card: means of every tool, then the samples.
impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            self.write_means(part, f)?;
            self.write_samples(part, f)?;
        }
        self.published.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Evaluation {
    fn write_means(&self, part: &Part, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: usize = part.samples.iter().map(|s| s.positives + s.negatives).sum();
        let over = match part.samples.len() {
            1 => String::new(),
            samples => format!(", mean over {samples} samples"),
        };
        writeln!(
            f,
            "### {}\n\n{rows} rows{over}; in brackets the model minus the tool with its 95 % interval.\n",
            part.title
        )?;
        writeln!(f, "| tool | {} |", part.figures.join(" | "))?;
        writeln!(f, "|---|{}", "---|".repeat(part.figures.len()))?;
        for (place, (name, tool)) in self.tools.iter().zip(&part.tools).enumerate() {
            write!(f, "| {name} |")?;
            for (mean, difference) in tool.means.iter().zip(&tool.differences) {
                write!(f, " {:.4}", mean.estimate)?;
                if place == 0 {
                    write!(f, " ({:.4} to {:.4}) |", mean.low, mean.high)?;
                } else {
                    let Interval { estimate, low, high } = difference;
                    write!(f, " [{estimate:+.4}, {low:+.4} to {high:+.4}] |")?;
                }
            }
            writeln!(f)?;
        }
        writeln!(f)
    }

    fn write_samples(&self, part: &Part, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if part.samples.len() < 2 {
            return Ok(());
        }
        write!(f, "| sample | positives | negatives |")?;
        self.tools.iter().try_for_each(|tool| write!(f, " {tool} |"))?;
        writeln!(f, "\n|---|---|---|{}", "---|".repeat(self.tools.len()))?;
        for sample in &part.samples {
            write!(f, "| {} | {} | {} |", sample.sample, sample.positives, sample.negatives)?;
            for figures in &sample.tools {
                let figures: Vec<String> = figures.iter().map(|v| format!("{v:.4}")).collect();
                write!(f, " {} |", figures.join(" / "))?;
            }
            writeln!(f)?;
        }
        writeln!(f)
    }
}
