//! Hashes by which ids and what resources hold are compared.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;
use serde_json::Value;

/// A hash of a text: the same in one run of the program.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// A hash of what a value holds, whatever the order of its keys.
pub(crate) fn fingerprint(value: &Value) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    match value {
        Value::Null => hasher.write_u8(0),
        Value::Bool(value) => hasher.write_u16(256 + u16::from(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => hasher.write_i64(number),
            None => hasher.write_u64(number.as_f64().unwrap_or_default().to_bits()),
        },
        Value::String(text) => return hash(text),
        Value::Array(items) => {
            hasher.write_usize(items.len());
            for item in items {
                hasher.write_u64(fingerprint(item));
            }
        }
        Value::Object(map) => {
            let sum = map.iter().fold(0_u64, |sum, (key, value)| {
                sum.wrapping_add(pair(hash(key), fingerprint(value)))
            });
            hasher.write_u64(sum);
            hasher.write_usize(map.len());
        }
    }
    hasher.finish()
}

/// A hash of a key and its value: which is which must tell, since pairs are only added up.
fn pair(key: u64, value: u64) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write_u64(key);
    hasher.write_u64(value);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_decides_and_the_order_of_keys_does_not() {
        let one = json!({"a": [1, "2", null], "b": {"c": true, "d": 1.5}});
        assert_eq!(
            fingerprint(&one),
            fingerprint(&json!({"b": {"d": 1.5, "c": true}, "a": [1, "2", null]}))
        );
        for other in [
            json!({"a": [1, null, "2"], "b": {"c": true, "d": 1.5}}),
            json!({"a": [1, "2", null], "b": {"d": true, "c": 1.5}}),
            json!({"b": [1, "2", null], "a": {"c": true, "d": 1.5}}),
            json!({"a": [1, "2"], "b": {"c": true, "d": 1.5}}),
            json!({"a": [1, "2", null], "b": {"c": false, "d": 1.5}}),
            json!({"a": [1, "2", null]}),
            json!([]),
            json!(null),
        ] {
            assert_ne!(fingerprint(&one), fingerprint(&other), "{other}");
        }
    }
}
