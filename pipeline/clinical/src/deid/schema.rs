//! The list of what may pass (`allow.txt`), as a table of types and their elements.

use foldhash::{HashMap, HashMapExt as _};

use super::rules;
use crate::rule::Rule;

const ALLOWED: &str = include_str!("allow.txt");

/// Place of a type in [`Schema`].
pub(crate) type TypeId = usize;

/// What is done to the value of an element.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Code,
    /// The URL of an extension, which was looked up before.
    Listed,
    Coded,
    Label,
    /// Text of an element that the profile lets pass.
    Searched,
    Note,
    Result,
    Uri,
    Number,
    Boolean,
    Time,
    Date,
    Instant,
    Birth,
    Death,
    Id,
    Postal,
    City,
    State,
    Sequence,
    Remove(&'static Rule),
    Type(TypeId),
    Extension,
    ModifierExtension,
    /// A contained resource, of the type that it says.
    Contained,
}

/// Elements of one type.
#[derive(Debug, Default)]
pub(crate) struct TypeDef {
    pub(crate) name: &'static str,
    elements: HashMap<&'static str, Kind>,
}

impl TypeDef {
    pub(crate) fn element(&self, name: &str) -> Option<Kind> {
        self.elements.get(name).copied()
    }
}

/// Types whose siblings are looked at together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Special {
    pub(crate) coding: TypeId,
    pub(crate) concept: TypeId,
    pub(crate) quantity: TypeId,
    pub(crate) address: TypeId,
    pub(crate) reference: TypeId,
    pub(crate) extension: TypeId,
    pub(crate) element: TypeId,
}

/// All types, each with the elements of those that it extends.
#[derive(Debug)]
pub(crate) struct Schema {
    types: Vec<TypeDef>,
    ids: HashMap<&'static str, TypeId>,
    pub(crate) special: Special,
}

/// The list itself is wrong: a defect of the program, which a test would have found.
#[derive(Debug, thiserror::Error)]
#[error("the list of elements that may pass is wrong at: {0}; report this as a defect")]
pub(crate) struct WrongList(String);

impl Schema {
    pub(crate) fn new() -> Result<Self, WrongList> {
        let wrong = |what: &str| WrongList(what.to_owned());
        let sections = sections();
        let ids: HashMap<&str, TypeId> =
            sections.iter().enumerate().map(|(id, (head, _))| (head.0, id)).collect();
        let mut types: Vec<TypeDef> = Vec::new();
        for ((name, base), elements) in &sections {
            let mut def = TypeDef { name, elements: HashMap::new() };
            if let Some(base) = base {
                let base =
                    ids.get(base).and_then(|id| types.get(*id)).ok_or_else(|| wrong(name))?;
                def.elements.clone_from(&base.elements);
            }
            for element in elements {
                add(&mut def, element, &ids).ok_or_else(|| wrong(element))?;
            }
            types.push(def);
        }
        let id = |name: &str| ids.get(name).copied().ok_or_else(|| wrong(name));
        let special = Special {
            coding: id("Coding")?,
            concept: id("CodeableConcept")?,
            quantity: id("Quantity")?,
            address: id("Address")?,
            reference: id("Reference")?,
            extension: id("Extension")?,
            element: id("Element")?,
        };
        Ok(Self { types, ids, special })
    }

    pub(crate) fn def(&self, id: TypeId) -> Option<&TypeDef> {
        self.types.get(id)
    }

    /// Whether any type has an element of this name.
    pub(crate) fn is_element_name(&self, name: &str) -> bool {
        self.types.iter().any(|def| def.elements.contains_key(name))
    }

    /// A resource type of which something may pass.
    pub(crate) fn resource(&self, name: &str) -> Option<TypeId> {
        let id = *self.ids.get(name)?;
        let is_resource = self.types.get(id)?.elements.contains_key("resourceType");
        (is_resource && !["Resource", "DomainResource"].contains(&name)).then_some(id)
    }
}

type Head = (&'static str, Option<&'static str>);

/// Types in the order of the file, with their elements.
fn sections() -> Vec<(Head, Vec<&'static str>)> {
    let mut sections: Vec<(Head, Vec<&'static str>)> = Vec::new();
    for line in ALLOWED.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let elements = if let Some((head, elements)) =
            line.split_once(": ").filter(|_| !line.starts_with(' '))
        {
            let (name, base) =
                head.split_once(" < ").map_or((head, None), |(name, base)| (name, Some(base)));
            sections.push(((name, base), Vec::new()));
            elements
        } else {
            line
        };
        if let Some((_, list)) = sections.last_mut() {
            list.extend(elements.split_whitespace());
        }
    }
    sections
}

/// `a,b=kind`, `a[x]=kind|kind`.
fn add(def: &mut TypeDef, element: &'static str, ids: &HashMap<&str, TypeId>) -> Option<()> {
    let (names, kinds) = element.split_once('=')?;
    for name in names.split(',') {
        let Some(stem) = name.strip_suffix("[x]") else {
            def.elements.insert(name, kind(kinds, ids)?);
            continue;
        };
        for choice in kinds.split('|') {
            let mut insert =
                |ending: &str, kind: Kind| def.elements.insert(leak(stem, ending), kind);
            match choice {
                "date" => {
                    insert("Date", Kind::Date);
                    insert("DateTime", Kind::Date);
                }
                "string" => {
                    insert("String", Kind::Label);
                }
                "integer" | "decimal" | "unsignedInt" | "positiveInt" => {
                    insert(&capital(choice), Kind::Number);
                }
                _ => {
                    insert(&capital(choice), kind(choice, ids)?);
                }
            }
        }
    }
    Some(())
}

/// Names of choice elements live as long as the program: they are made once.
fn leak(stem: &str, ending: &str) -> &'static str {
    format!("{stem}{ending}").leak()
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at_checked(1).unwrap_or_default();
    first.to_uppercase() + rest
}

fn kind(name: &str, ids: &HashMap<&str, TypeId>) -> Option<Kind> {
    if let Some(rule) = name.strip_prefix('!') {
        return rules::find(rule).map(Kind::Remove);
    }
    Some(match name {
        "code" => Kind::Code,
        "listed" => Kind::Listed,
        "coded" => Kind::Coded,
        "label" => Kind::Label,
        "note" => Kind::Note,
        "result" => Kind::Result,
        "uri" => Kind::Uri,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "time" => Kind::Time,
        "date" => Kind::Date,
        "instant" => Kind::Instant,
        "birth" => Kind::Birth,
        "death" => Kind::Death,
        "id" => Kind::Id,
        "postal" => Kind::Postal,
        "city" => Kind::City,
        "state" => Kind::State,
        "sequence" => Kind::Sequence,
        "Extension" => Kind::Extension,
        "ModifierExtension" => Kind::ModifierExtension,
        "Resource" => Kind::Contained,
        "Age" | "Count" | "Distance" | "Duration" => Kind::Type(*ids.get("Quantity")?),
        _ => Kind::Type(*ids.get(name)?),
    })
}
