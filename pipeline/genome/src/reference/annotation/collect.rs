//! Gathers the lines of an annotation by gene and transcript; lines may come in any order.

use std::collections::HashMap;

use super::attributes::{Facts, Syntax};
use super::biotype;
use super::error::{Refusal, Warning, Warnings};
use super::line::{Line, PartKind, Role, role};
use super::node::{Contig, Definition, Node, Part};
use crate::Quarantined;

/// All that was read so far.
pub(super) struct Collector<'a> {
    pub(super) file: &'a str,
    pub(super) syntax: Option<Syntax>,
    pub(super) contigs: Vec<Contig>,
    contig_index: HashMap<String, usize>,
    pub(super) nodes: Vec<Node>,
    pub(super) refused: Vec<Quarantined>,
    pub(super) warnings: Warnings,
    /// Number of lines of each feature type.
    pub(super) kinds: HashMap<String, u64>,
    /// Lines whose type is not used.
    pub(super) ignored: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        Self {
            file,
            syntax: None,
            contigs: Vec::new(),
            contig_index: HashMap::new(),
            nodes: Vec::new(),
            refused: Vec::new(),
            warnings: Warnings::default(),
            kinds: HashMap::new(),
            ignored: 0,
        }
    }

    /// Takes a line that is neither empty nor a comment.
    pub(super) fn feature(&mut self, bytes: &[u8], number: u32) {
        let lossy = String::from_utf8_lossy(bytes);
        let line = match Line::split(&lossy) {
            Ok(line) => line,
            Err(refusal) => return self.refused.push(refusal.at(self.file, number)),
        };
        match self.kinds.get_mut(line.kind) {
            Some(count) => *count += 1,
            None => _ = self.kinds.insert(line.kind.to_owned(), 1),
        }
        if self.syntax.is_none() {
            self.syntax = Syntax::of(line.attributes);
        }
        let syntax = self.syntax.unwrap_or(Syntax::Gff3);
        let facts = Facts::of(syntax, line.attributes);
        let taken = if matches!(lossy, std::borrow::Cow::Owned(_)) {
            let message = "bytes that are not UTF-8";
            Err(Refusal::new("annotation.utf8", "line", message, "write the annotation in UTF-8"))
        } else {
            self.take(&line, &facts, syntax, number)
        };
        if let Err(refusal) = taken {
            self.refused.push(refusal.at(self.file, number));
            self.mark_broken(&line, &facts, syntax, number);
        }
    }

    fn take(
        &mut self,
        line: &Line,
        facts: &Facts,
        syntax: Syntax,
        number: u32,
    ) -> Result<(), Refusal> {
        match role(line.kind) {
            Role::Ignored => self.ignored += 1,
            Role::Region => {
                self.ignored += 1;
                let (start, end) = line.ends()?;
                let contig = self.contig(line.contig);
                self.contigs[contig].mitochondrial |= facts.genome == Some("mitochondrion");
                if let (1, Ok(length)) = (start, u32::try_from(end)) {
                    self.set_length(contig, length, number);
                }
            }
            Role::Part(kind) => {
                let part = part(line, kind, number)?;
                let contig = self.contig(line.contig);
                for key in parents(facts, syntax)? {
                    let node = self.node(contig, key, number);
                    self.add_part(node, part, facts, line)?;
                }
            }
            Role::Node if syntax == Syntax::Gff3 => self.define_gff3(line, facts, number)?,
            Role::Node => self.define_gtf(line, facts, number)?,
        }
        Ok(())
    }

    fn add_part(
        &mut self,
        node: usize,
        mut part: Part,
        facts: &Facts,
        line: &Line,
    ) -> Result<(), Refusal> {
        if self.syntax == Some(Syntax::Gtf) && self.nodes[node].definition.is_none() {
            let definition = self.definition_of_gtf(line, facts, part.line);
            self.nodes[node].definition = Some(Box::new(definition));
        }
        let node = &mut self.nodes[node];
        if part.kind == PartKind::Coding {
            part.protein = node.coding_facts(facts)?;
        }
        node.parts.push(part);
        Ok(())
    }

    fn define_gff3(&mut self, line: &Line, facts: &Facts, number: u32) -> Result<(), Refusal> {
        let Some(key) = facts.id else {
            self.ignored += 1;
            return Ok(());
        };
        let is_gene = facts.parent.is_none() || key.starts_with("gene:");
        let interval = if is_gene { line.ends().map(|_| None) } else { line.interval().map(Some) }?;
        let contig = self.contig(line.contig);
        // A transcript of several genes is the first one's.
        let parent =
            facts.parent.filter(|_| !is_gene).and_then(|parents| parents.split(',').next());
        let parent = parent.map(|parent| self.node(contig, parent, number));
        let definition = Definition::of(line, facts, Syntax::Gff3, is_gene, number);
        let node = self.node(contig, key, number);
        self.define(node, Definition { parent, interval, ..definition });
        Ok(())
    }

    fn define_gtf(&mut self, line: &Line, facts: &Facts, number: u32) -> Result<(), Refusal> {
        let contig = self.contig(line.contig);
        if line.kind == "gene" {
            line.ends()?;
            let gene = self.gene_of_gtf(contig, facts, number)?;
            self.define(gene, Definition::of(line, facts, Syntax::Gtf, true, number));
        } else if line.kind == "transcript" || biotype::is_transcript(line.kind) {
            let interval = Some(line.interval()?);
            let Some(&key) = parents(facts, Syntax::Gtf)?.first() else { return Ok(()) };
            let definition = self.definition_of_gtf(line, facts, number);
            let node = self.node(contig, key, number);
            self.define(node, Definition { interval, ..definition });
        } else {
            self.ignored += 1;
        }
        Ok(())
    }

    /// Of a transcript, from its own line or the first one of its parts.
    fn definition_of_gtf(&mut self, line: &Line, facts: &Facts, number: u32) -> Definition {
        let contig = self.contig(line.contig);
        let parent = self.gene_of_gtf(contig, facts, number).ok();
        Definition { parent, ..Definition::of(line, facts, Syntax::Gtf, false, number) }
    }

    fn define(&mut self, node: usize, definition: Definition) {
        let node = &mut self.nodes[node];
        match &node.definition {
            Some(first) if !first.from_part && definition.is_gene => {
                self.warnings.add(Warning::GeneTwice, &definition.id, definition.line);
            }
            Some(first) if !first.from_part => node.again = node.again.or(Some(definition.line)),
            _ => node.definition = Some(Box::new(definition)),
        }
    }

    /// A transcript with a line that cannot be read is not the transcript that was meant.
    fn mark_broken(&mut self, line: &Line, facts: &Facts, syntax: Syntax, number: u32) {
        if let (Role::Part(_), Ok(parents)) = (role(line.kind), parents(facts, syntax)) {
            let contig = self.contig(line.contig);
            for key in parents {
                let node = self.node(contig, key, number);
                let node = &mut self.nodes[node];
                node.broken = node.broken.or(Some(number));
            }
        }
    }

    /// The contig called `name`.
    pub(super) fn contig(&mut self, name: &str) -> usize {
        if let Some(index) = self.contig_index.get(name) {
            return *index;
        }
        self.contigs.push(Contig::new(name));
        self.contig_index.insert(name.to_owned(), self.contigs.len() - 1);
        self.contigs.len() - 1
    }

    /// Of regions of a contig that begin at its first base, the first is the contig.
    pub(super) fn set_length(&mut self, contig: usize, length: u32, line: u32) {
        let contig = &mut self.contigs[contig];
        if *contig.length.get_or_insert(length) != length {
            self.warnings.add(Warning::ContigLength, &contig.name, line);
        }
    }

    fn node(&mut self, contig: usize, key: &str, line: u32) -> usize {
        if let Some(index) = self.contigs[contig].nodes.get(key) {
            return *index;
        }
        self.contigs[contig].nodes.insert(key.into(), self.nodes.len());
        self.push(contig, key, line)
    }

    fn gene_of_gtf(&mut self, contig: usize, facts: &Facts, line: u32) -> Result<usize, Refusal> {
        let Some(key) = facts.gene_id else {
            let message = "a gene without gene_id";
            return Err(Refusal::new(
                "annotation.identifier",
                "gene_id",
                message,
                "give the gene an identifier",
            ));
        };
        if let Some(index) = self.contigs[contig].genes.get(key) {
            return Ok(*index);
        }
        self.contigs[contig].genes.insert(key.into(), self.nodes.len());
        Ok(self.push(contig, key, line))
    }

    fn push(&mut self, contig: usize, key: &str, line: u32) -> usize {
        self.nodes.push(Node::new(key, contig, line));
        self.nodes.len() - 1
    }
}

fn part(line: &Line, kind: PartKind, number: u32) -> Result<Part, Refusal> {
    let phase = match kind {
        PartKind::Coding | PartKind::StopCodon => line.phase()?,
        _ => None,
    };
    Ok(Part {
        interval: line.interval()?,
        kind,
        phase,
        strand: line.strand(),
        protein: None,
        line: number,
    })
}

/// The transcripts that a part belongs to.
fn parents<'a>(facts: &Facts<'a>, syntax: Syntax) -> Result<Vec<&'a str>, Refusal> {
    match (syntax, facts.parent, facts.transcript_id) {
        (Syntax::Gff3, Some(parents), _) => Ok(parents.split(',').collect()),
        (Syntax::Gtf, _, Some(id)) => Ok(vec![id]),
        (Syntax::Gff3, None, _) => Err(Refusal::new(
            "annotation.orphan",
            "Parent",
            "a part of a transcript without Parent",
            "name the transcript that it is a part of",
        )),
        (Syntax::Gtf, ..) => Err(Refusal::new(
            "annotation.identifier",
            "transcript_id",
            "a line without transcript_id",
            "name the transcript that it is a part of",
        )),
    }
}
