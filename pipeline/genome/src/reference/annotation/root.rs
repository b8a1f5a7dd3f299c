//! The gene of each transcript, found along its parents.

use super::error::Refusal;
use super::node::{Definition, Node};

/// Where the parents of a node lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// The node of the gene.
    Gene(usize),
    /// A parent that no line defines.
    Missing(usize),
    /// Back to themselves.
    Cycle,
}

/// The root of every node.
pub(super) fn roots(nodes: &[Node]) -> Vec<Root> {
    let mut known: Vec<Option<Root>> = vec![None; nodes.len()];
    let mut on_path = vec![false; nodes.len()];
    for start in 0..nodes.len() {
        let mut path = Vec::new();
        let mut at = start;
        let root = loop {
            if let Some(root) = known[at] {
                break root;
            }
            if std::mem::replace(&mut on_path[at], true) {
                break Root::Cycle;
            }
            path.push(at);
            match nodes[at].definition.as_deref() {
                None => break Root::Missing(at),
                Some(Definition { parent: Some(parent), .. }) => at = *parent,
                Some(_) => break Root::Gene(at),
            }
        };
        for node in path {
            known[node] = Some(root);
        }
    }
    known.into_iter().map(|root| root.unwrap_or(Root::Cycle)).collect()
}

impl Root {
    /// The definition of the gene. In a GTF, which may have no line for the gene, the transcript's own has what is known.
    pub(super) fn gene<'a>(
        self,
        nodes: &'a [Node],
        node: &'a Node,
    ) -> Result<&'a Definition, Refusal> {
        match self {
            Self::Gene(gene) => {
                nodes[gene].definition.as_deref().ok_or_else(|| missing(node, &nodes[gene].key))
            }
            Self::Missing(gene) => match node.definition.as_deref() {
                Some(own) if own.gene_id.is_some() && own.of_gtf => Ok(own),
                _ => Err(missing(node, &nodes[gene].key)),
            },
            Self::Cycle => {
                let message = format!("{}: its parents lead back to itself", node.key);
                let remedy = "give the transcript a gene as Parent, and the gene none";
                Err(Refusal::new("annotation.cycle", "Parent", message, remedy))
            }
        }
    }
}

fn missing(node: &Node, parent: &str) -> Refusal {
    let message = format!("{}: its parent {parent} is not there", node.key);
    Refusal::new("annotation.orphan", "Parent", message, "add the line of the gene")
}
