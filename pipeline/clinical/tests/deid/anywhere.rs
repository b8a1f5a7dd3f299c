//! One identifier of each of the 18 kinds, put anywhere into a record, is caught: gone from the output, or the record is in quarantine.
//!
//! The places are drawn from a fixed seed; a failure prints what it takes to see it again.

use serde_json::{Map, Value, json};
use vaxloom_clinical::deid::Verdict;

use crate::{examples, gate, resources};

/// Texts by kind, lettered as in 45 CFR 164.514(b)(2)(i), each with the part that must not be seen again.
const TEXTS: &[(char, &str, &str)] = &[
    ('A', "Mrs. Xylandra Quuxley", "Quuxley"),
    ('A', "seen by Dr. Q. Quuxley today", "Quuxley"),
    ('A', "Jennifer Quuxley", "Quuxley"),
    ('A', "QUUXLEY^JENNIFER^M", "QUUXLEY"),
    ('A', "Quuxley, Jennifer", "Quuxley"),
    ('A', "J. R. Quuxley", "Quuxley"),
    ('A', "O'Quuxley, Jennifer", "Quuxley"),
    ('A', "Jean-Luc Quuxley", "Quuxley"),
    ('A', "dr. quuxley", "quuxley"),
    ('A', "signed: Quuxley", "Quuxley"),
    ('A', "王小明", "王小明"),
    ('A', "Quuxley", "Quuxley"),
    ('A', "Xylandra Quuxley", "Quuxley"),
    ('A', "QUUXLEY, XYLANDRA", "QUUXLEY"),
    ('A', "Quuxley J", "Quuxley"),
    ('A', "J Quuxley", "Quuxley"),
    ('A', "Smith J", "Smith J"),
    ('A', "SMITH, JA", "SMITH"),
    ('A', "J. Smith", "Smith"),
    ('A', "SMITH, JOHN", "SMITH"),
    ('A', "Brown J", "Brown J"),
    ('C', "seen 12/25", "12/25"),
    ('C', "since early December", "December"),
    ('B', "742 Evergreen Terrace", "Evergreen"),
    ('B', "Springfield, OR 97477", "97477"),
    ('B', "P.O. Box 1234", "Box 1234"),
    ('B', "SW1A 1AA", "SW1A"),
    ('B', "lives in Quuxville", "Quuxville"),
    ('B', "Quuxville, MA", "Quuxville"),
    ('C', "1965-03-14", "03-14"),
    ('C', "3/14/1965", "3/14"),
    ('C', "born on March 14, 1965", "March 14"),
    ('C', "14. Dez. 1965", "14. Dez"),
    ('C', "14-Mar-1965", "14-Mar"),
    ('C', "14MAR1965", "14MAR"),
    ('C', "14.3.65", "14.3"),
    ('C', "19650314T101500", "19650314"),
    ('C', "１９６５-０３-１４", "０３-１４"),
    ('C', "03/1965", "03/1965"),
    ('C', "97-year-old", "97-"),
    ('D', "555-532-1156", "532-1156"),
    ('D', "(555) 532-1156", "532-1156"),
    ('D', "+49 30 1234567", "1234567"),
    ('D', "020 7946 0958", "7946"),
    ('D', "ext. 44123", "44123"),
    ('E', "Fax: 555.532.1157", "532.1157"),
    ('F', "xylandra@quux.example.org", "xylandra@"),
    ('F', "xylandra [at] quux.org", "xylandra [at]"),
    ('G', "999-18-8203", "18-8203"),
    ('G', "SSN 999188203", "999188203"),
    ('H', "MRN 00482913", "482913"),
    ('H', "MRN1234", "MRN1234"),
    ('H', "MRN_00482913", "00482913"),
    ('H', "Patient ID: QX12", "QX12"),
    ('I', "Member ID: 1EG4-TE5-MK73", "1EG4"),
    ('J', "Account 4417123456789113", "4417123456789113"),
    ('K', "S99914534", "S99914534"),
    ('K', "license no. D4471-223", "4471"),
    ('L', "1HGCM82633A004352", "1HGCM82633A004352"),
    ('L', "plate: 7ABC123", "7ABC123"),
    ('M', "serial SN-884213377", "884213377"),
    ('M', "SN 884213", "884213"),
    ('M', "(01)00643169001763(21)ACD8842", "00643169001763"),
    ('N', "https://quux.example.org/~xylandra", "~xylandra"),
    ('N', "www.quux.example/x", "quux.example"),
    ('N', "quux.org/~xylandra", "~xylandra"),
    ('O', "192.168.17.23", "192.168.17.23"),
    ('O', "00-1B-44-11-3A-B7", "11-3A-B7"),
    ('O', "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "8a2e:0370"),
    ('P', "Rk1SACAyMAAAAAEUAAABAAGQAMUAxQEAAQ0oJ4CRAOdb", "AAGQAMUAxQ"),
    ('Q', "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACN", "iVBORw0KGgo"),
    ('R', "X41457228X", "X41457228X"),
    ('R', "S15-12345", "S15-12345"),
    ('R', "6c5d9ca9-54d7-42f5-bfae-a7c19cd217f2", "54d7-42f5"),
];

/// Elements by kind, as FHIR writes them.
fn elements() -> Vec<(char, &'static str, Value, &'static str)> {
    vec![
        ('A', "name", json!([{"family": "Quuxley", "given": ["Xylandra"]}]), "Quuxley"),
        ('A', "valueHumanName", json!({"text": "Quuxley"}), "Quuxley"),
        ('A', "display", json!("Mr. Quuxley"), "Quuxley"),
        ('A', "contact", json!([{"name": {"family": "Quuxley"}}]), "Quuxley"),
        (
            'B',
            "address",
            json!([{"line": ["Nikolaus Gate"], "city": "Quuxville", "postalCode": "87901"}]),
            "Quuxville",
        ),
        ('B', "valueAddress", json!({"city": "Quuxville"}), "Quuxville"),
        ('C', "birthDate", json!("1965-03-14"), "03-14"),
        ('C', "period", json!({"start": "1965-03-14"}), "03-14"),
        ('D', "telecom", json!([{"system": "phone", "value": "quux"}]), "quux"),
        ('F', "valueContactPoint", json!({"value": "quux"}), "quux"),
        (
            'H',
            "identifier",
            json!([{"system": "http://hospital.example", "value": "quux"}]),
            "quux",
        ),
        ('R', "valueIdentifier", json!({"value": "quux"}), "quux"),
        ('Q', "photo", json!([{"data": "quux"}]), "quux"),
        ('P', "valueAttachment", json!({"data": "quux", "title": "quux.png"}), "quux"),
        ('A', "text", json!({"status": "generated", "div": "<div>quux</div>"}), "quux"),
        ('A', "note", json!([{"text": "quux"}]), "quux"),
        (
            'A',
            "extension",
            json!([{"url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName", "valueString": "Quux"}]),
            "Quux",
        ),
        (
            'A',
            "modifierExtension",
            json!([{"url": "http://quux.example", "valueString": "Quux"}]),
            "Quux",
        ),
        (
            'A',
            "contained",
            json!([{"resourceType": "RelatedPerson", "name": [{"family": "Quuxley"}]}]),
            "Quuxley",
        ),
        ('A', "contained", json!([{"resourceType": "Quux", "id": "x"}]), "Quux"),
        (
            'A',
            "_status",
            json!({"extension": [{"url": "http://quux.example", "valueString": "Quux"}]}),
            "Quux",
        ),
        ('A', "Quuxley", json!(true), "Quuxley"),
        (
            'H',
            "subject",
            json!({"reference": "Patient?identifier=quux", "identifier": {"value": "quux"}}),
            "quux",
        ),
    ]
}

/// Numbers that look drawn by chance (D. Knuth's MMIX generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

fn count(value: &Value, wanted: fn(&Value) -> bool) -> usize {
    let below: usize = match value {
        Value::Object(map) => map.values().map(|value| count(value, wanted)).sum(),
        Value::Array(items) => items.iter().map(|value| count(value, wanted)).sum(),
        _ => 0,
    };
    below + usize::from(wanted(value))
}

/// The `left`-th value that is wanted, in the order of the walk.
fn nth<'v>(
    value: &'v mut Value,
    wanted: fn(&Value) -> bool,
    left: &mut usize,
) -> Option<&'v mut Value> {
    if wanted(value) {
        if *left == 0 {
            return Some(value);
        }
        *left -= 1;
    }
    match value {
        Value::Object(map) => map.values_mut().find_map(|value| nth(value, wanted, left)),
        Value::Array(items) => items.iter_mut().find_map(|value| nth(value, wanted, left)),
        _ => None,
    }
}

/// Puts one identifier somewhere; gives back its kind and what must not be seen again.
fn insert(resource: &mut Value, chance: &mut Chance) -> (char, String) {
    if chance.below(2) == 0 {
        let elements = elements();
        let (kind, key, element, trace) = &elements[chance.below(elements.len())];
        let mut place = chance.below(count(resource, Value::is_object));
        if let Some(Value::Object(map)) = nth(resource, Value::is_object, &mut place) {
            map.insert((*key).to_owned(), element.clone());
        }
        return (*kind, (*trace).to_owned());
    }
    let (kind, text, trace) = TEXTS[chance.below(TEXTS.len())];
    let mut value = json!(text);
    match chance.below(4) {
        0 => {
            let mut place = chance.below(count(resource, Value::is_object));
            if let Some(Value::Object(map)) = nth(resource, Value::is_object, &mut place) {
                let keys = [
                    "display",
                    "text",
                    "description",
                    "valueString",
                    "code",
                    "comment",
                    "unit",
                    "system",
                    "status",
                    "language",
                    "version",
                    text,
                ];
                map.insert(keys[chance.below(keys.len())].to_owned(), value);
            }
        }
        1 => {
            let mut place = chance.below(count(resource, Value::is_array));
            match nth(resource, Value::is_array, &mut place) {
                Some(Value::Array(items)) => items.push(value),
                _ => resource["note"] = value,
            }
        }
        _ => {
            let mut place = chance.below(count(resource, Value::is_string));
            if let Some(string) = nth(resource, Value::is_string, &mut place) {
                if chance.below(2) == 0 {
                    value = json!(format!("{} {text}", string.as_str().unwrap()));
                }
                *string = value;
            }
        }
    }
    (kind, trace.to_owned())
}

/// Records without a shared folder: enough of each shape.
fn own_resources() -> Vec<Value> {
    let coded = json!({"coding": [{"system": "http://snomed.info/sct", "code": "254837009", "display": "Malignant neoplasm of breast"}], "text": "Breast cancer"});
    vec![
        json!({"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1965", "address": [{"state": "MA", "postalCode": "021", "country": "US"}],
            "extension": [{"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", "extension": [{"url": "text", "valueString": "White"}]}]}),
        json!({"resourceType": "Condition", "id": "c", "code": coded, "subject": {"reference": "Patient/p"}, "onsetAge": {"value": 50, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"},
            "contained": [{"resourceType": "Organization", "id": "o", "type": [coded]}]}),
        json!({"resourceType": "Observation", "id": "o", "status": "final", "code": coded, "valueQuantity": {"value": 1.5, "unit": "mg"}, "effectivePeriod": {"start": "2020"},
            "component": [{"code": coded, "valueString": "HLA-A*02:01"}, {"code": coded, "valueCodeableConcept": coded}]}),
        json!({"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "medicationCodeableConcept": coded,
            "dosageInstruction": [{"text": "daily", "timing": {"repeat": {"boundsPeriod": {"start": "2020"}, "frequency": 1}}}]}),
        json!({"resourceType": "Device", "id": "d", "manufacturer": "Acme", "deviceName": [{"name": "scanner", "type": "model-name"}]}),
        json!({"resourceType": "MolecularSequence", "id": "s", "coordinateSystem": 0, "observedSeq": "ACGT", "referenceSeq": {"genomeBuild": "GRCh38"}}),
    ]
}

#[test]
fn an_identifier_of_any_kind_anywhere_is_caught() {
    let mut pool = own_resources();
    for name in ["mcode-4.0.0-examples", "genomics-reporting-3.0.0-examples"] {
        pool.extend(
            examples(name)
                .map(|dir| resources(&dir))
                .unwrap_or_default()
                .into_iter()
                .filter(|resource| resource["resourceType"].is_string()),
        );
    }
    let (mut first, mut gate) = (gate(), gate());
    // What the examples themselves hold is out of the way first, without their names being learnt.
    let pool: Vec<Value> = pool
        .into_iter()
        .filter_map(|mut resource| {
            (first.pass(&mut resource).verdict != Verdict::Quarantined).then_some(resource)
        })
        .collect();
    let mut chance = Chance(20_261_124);
    let mut kinds = Map::new();
    // More of them are drawn where `VAXLOOM_TRIALS` says so.
    let trials = std::env::var("VAXLOOM_TRIALS").ok().and_then(|trials| trials.parse().ok());
    for trial in 0..trials.unwrap_or(20_000) {
        let original = &pool[chance.below(pool.len())];
        let mut resource = original.clone();
        let (kind, trace) = insert(&mut resource, &mut chance);
        let mutated = resource.clone();
        let outcome = gate.pass(&mut resource);
        let told: String = outcome.breaches().map(|breach| breach.path.to_owned()).collect();
        assert!(
            !told.contains(&trace),
            "trial {trial}, kind {kind}: the report tells {trace}: {told}"
        );
        let output = resource.to_string();
        let seen = output.find(&trace).filter(|_| {
            outcome.verdict != Verdict::Quarantined && !original.to_string().contains(&trace)
        });
        if let Some(place) = seen {
            let around: String = output
                .chars()
                .skip(output[..place].chars().count().saturating_sub(120))
                .take(200)
                .collect();
            panic!("trial {trial}, kind {kind}: {trace} came through: {around}\n{mutated}");
        }
        let count = kinds.entry(kind).or_insert(json!(0));
        *count = json!(count.as_i64().unwrap() + 1);
    }
    println!("caught by kind: {kinds:?}, over {} resources", pool.len());
    assert_eq!(kinds.len(), 18);
}
