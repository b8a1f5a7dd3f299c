//! Hashes by which ids and what resources hold are compared.

use std::hash::{DefaultHasher, Hasher};

use serde_json::Value;

/// SipHash with fixed keys: the same in every run.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// A hash of what a value holds, whatever the order of its keys.
pub(crate) fn fingerprint(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    match value {
        Value::Null => hasher.write_u8(0),
        Value::Bool(value) => hasher.write(&[1, u8::from(*value)]),
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
                sum.wrapping_add(hash(key).rotate_left(17) ^ fingerprint(value))
            });
            hasher.write_u64(sum);
        }
    }
    hasher.finish()
}
