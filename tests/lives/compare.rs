//! Where two JSON documents differ.

use serde_json::Value;

/// So many are told at most.
const MOST: usize = 12;

/// Each place in which `told` is not what is `true_`, with both.
pub fn differences(told: &Value, true_: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", told, true_, &mut found);
    found.truncate(MOST);
    found
}

fn compare(at: &str, told: &Value, true_: &Value, found: &mut Vec<String>) {
    match (told, true_) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or("nothing".into());
                compare(&format!("{at}.{key}"), &of(a), &of(b), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{at}[{number}]"), a, b, found);
            }
        }
        // 4 and 4.0 are one number, and so is what only the last digit of a double tells apart.
        (Value::Number(a), Value::Number(b)) if is_same(a, b) => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("  {at}: {a}, and truly {b}")),
    }
}

fn is_same(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() < 1e-9)
}
