//! Functions that say what they are for, in `information_schema.routines`, and that take several numbers of arguments.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, TypeSignature, Volatility,
};

/// What a function is for, in one sentence, and how it is called: `gravy(protein)`.
pub(super) struct Doc {
    pub(super) description: &'static str,
    pub(super) syntax: &'static str,
}

/// A function with its documentation.
pub(super) fn documented(function: ScalarUDF, doc: &Doc) -> ScalarUDF {
    overloaded(vec![Arc::new(function)], doc)
}

/// Functions of one name, which differ in their number of arguments, as one.
pub(super) fn overloaded(variants: Vec<Arc<ScalarUDF>>, doc: &Doc) -> ScalarUDF {
    let signatures = variants.iter().map(|v| v.signature().type_signature.clone()).collect();
    let documentation = Documentation::builder(DocSection::default(), doc.description, doc.syntax);
    ScalarUDF::from(Documented {
        signature: Signature::one_of(signatures, Volatility::Immutable),
        documentation: documentation.build(),
        variants,
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Documented {
    /// Not empty.
    variants: Vec<Arc<ScalarUDF>>,
    signature: Signature,
    documentation: Documentation,
}

impl Documented {
    fn variant(&self, arguments: usize) -> Result<&ScalarUDF> {
        let takes =
            |variant: &&Arc<ScalarUDF>| arity(&variant.signature().type_signature) == arguments;
        let Some(variant) = self.variants.iter().find(takes) else {
            return plan_err!("{} does not take {arguments} arguments", self.name());
        };
        Ok(variant)
    }
}

/// Number of arguments; functions here take a fixed one.
fn arity(signature: &TypeSignature) -> usize {
    match signature {
        TypeSignature::Exact(types) => types.len(),
        TypeSignature::OneOf(several) => several.first().map_or(0, arity),
        _ => 0,
    }
}

impl ScalarUDFImpl for Documented {
    fn name(&self) -> &str {
        self.variants[0].name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.variant(types.len())?.return_type(types)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.variant(call.args.len())?.invoke_with_args(call)
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
