//! Faults name the file and the place in its JSON, and never a value of a record.

use serde_json::{Value, json};
use vaxloom_clinical::view::{
    ColumnType::{self, Boolean, Decimal, Integer, Json, Text},
    ViewDefinition,
};

fn column(name: &str, path: &str) -> Value {
    json!({"name": name, "path": path})
}

fn view(select: &Value) -> Value {
    json!({"resource": "Patient", "select": select})
}

#[test]
fn definitions() {
    for (definition, expected) in [
        (json!([]), "v.json: $: expected a ViewDefinition, a JSON object"),
        (json!({"resourceType": "Patient"}), "v.json: resourceType: expected ViewDefinition"),
        (json!({"resource": "Patient"}), "v.json: select: expected at least one select"),
        (json!({"resource": "Patient", "select": {}}), "v.json: select: expected a list"),
        (view(&json!([{}])), "v.json: select[0]: expected a column, a select or a unionAll"),
        (
            view(&json!([{"column": [column("1a", "id")]}])),
            "v.json: select[0].column[0].name: column name '1a' is not letters, digits and underscores, beginning with a letter",
        ),
        (
            view(
                &json!([{"column": [column("a", "id")]}, {"select": [{"column": [column("a", "id")]}]}]),
            ),
            "v.json: select[1].select[0].column[0].name: there is already a column 'a'; give each its own name",
        ),
        (
            view(&json!([{"column": [{"name": "a", "path": "id", "type": "strnig"}]}])),
            "v.json: select[0].column[0].type: 'strnig' is not a FHIR data type",
        ),
        (
            view(&json!([{"column": [{"name": "a", "path": "id", "collection": "yes"}]}])),
            "v.json: select[0].column[0].collection: expected true or false",
        ),
        (
            view(&json!([{"forEach": "name", "repeat": ["name"], "column": [column("a", "use")]}])),
            "v.json: select[0]: forEach and repeat exclude each other; nest one in the other's select",
        ),
        (
            view(&json!([{"repeat": [], "column": [column("a", "use")]}])),
            "v.json: select[0].repeat: expected at least one FHIRPath expression",
        ),
        (
            view(&json!([{"column": [column("a", "name.frist()")]}])),
            "v.json: select[0].column[0].path: FHIRPath at character 6: function 'frist' is not one that views can use",
        ),
        (
            view(
                &json!([{"unionAll": [{"column": [column("a", "id")]}, {"column": [column("b", "id")]}]}]),
            ),
            "v.json: select[0].unionAll[1]: columns differ from those of the first branch, a (text); all branches need the same names in the same order",
        ),
        (
            json!({"resource": "Patient", "constant": [{"name": "c", "valueInteger": "x"}], "select": [{"column": [column("a", "id")]}]}),
            "v.json: constant[0]: constant 'c' needs exactly one value[x] of a primitive type",
        ),
        (
            json!({"resource": "Patient", "where": [{"path": 1}], "select": [{"column": [column("a", "id")]}]}),
            "v.json: where[0].path: expected a FHIRPath expression, as text",
        ),
    ] {
        let error = ViewDefinition::from_json(&definition, "v.json").unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let error = ViewDefinition::read(std::path::Path::new("nowhere.json")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nowhere.json: $: cannot be read (entity not found); check the path and its permissions"
    );
}

#[test]
fn data_that_do_not_fit() {
    let patient = json!({"resourceType": "Patient", "id": "p", "active": "Xylander", "name": [{"family": "Xylander"}, {"family": "Y"}]});
    for (select, expected) in [
        (
            json!([{"column": [{"name": "a", "path": "active", "type": "boolean"}]}]),
            "v.json: select[0].column[0]: column 'a' of type boolean has a value that is text",
        ),
        (
            json!([{"column": [column("a", "name.family")]}]),
            "v.json: select[0].column[0]: column 'a' has more than one value for a row; set collection to true, or add first()",
        ),
        (
            json!([{"column": [column("a", "name.first()")]}]),
            "v.json: select[0].column[0]: column 'a' of type text has a value that is an object",
        ),
        (
            json!([{"repeat": ["$this"], "column": [column("a", "id")]}]),
            "v.json: select[0].repeat: a path of repeat leads back to where it began; name a child element",
        ),
        (
            json!([{"forEach": "active + 1", "column": [column("a", "id")]}]),
            "v.json: select[0].forEach: arithmetic needs two numbers",
        ),
    ] {
        let error = ViewDefinition::from_json(&view(&select), "v.json")
            .unwrap()
            .rows(&patient)
            .unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn types_of_columns() {
    let columns = json!([{"column": [
        {"name": "a", "path": "id", "type": "id"}, {"name": "b", "path": "active", "type": "boolean"},
        {"name": "c", "path": "multipleBirth.ofType(integer)"}, {"name": "d", "path": "name.exists()"},
        {"name": "e", "path": "maritalStatus", "type": "CodeableConcept"}, {"name": "f", "path": "name.count()"},
        {"name": "g", "path": "x", "type": "http://hl7.org/fhirpath/System.Decimal"}, {"name": "h", "path": "%rowIndex"}, {"name": "i", "path": "x"}
    ]}]);
    let view = ViewDefinition::from_json(&view(&columns), "v.json").unwrap();
    let types: Vec<ColumnType> = view.columns().iter().map(|column| column.column_type).collect();
    assert_eq!(types, [Text, Boolean, Integer, Boolean, Json, Integer, Decimal, Integer, Text]);
}
