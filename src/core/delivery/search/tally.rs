//! One facet as it is added up over types, and as it is answered.

use masthead_model::{Field, FieldType};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Values of one facet that are shown.
pub(super) const MAX_VALUES: usize = 100;

/// The ends of a range, as they were written.
pub(super) type Ends = (Option<String>, Option<String>);

/// What was counted of one facet.
#[derive(Default)]
pub(super) struct Tally {
    values: BTreeMap<String, (Value, Option<String>, i64)>,
    extremes: Option<(Value, Value)>,
    with_value: i64,
    pub is_range: bool,
    pub ranges: BTreeMap<usize, u64>,
}

impl Tally {
    /// So many documents have this value.
    pub fn add(&mut self, field: &Field, text: Option<String>, label: Option<String>, count: i64) {
        let Some(text) = text else { return };
        let value = if field.kind == FieldType::Boolean { json!(text == "1") } else { json!(text) };
        self.values.entry(text).or_insert((value, label, 0)).2 += count;
    }

    /// So many documents have values from `least` to `most`.
    pub fn span(&mut self, least: Option<Value>, most: Option<Value>, count: i64) {
        self.with_value += count;
        let (Some(least), Some(most)) = (least, most) else { return };
        let below = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a < b,
            _ => a.as_str() < b.as_str(),
        };
        self.extremes = Some(match self.extremes.take() {
            None => (least, most),
            Some((low, high)) => {
                (if below(&least, &low) { least } else { low }, if below(&high, &most) { most } else { high })
            }
        });
    }

    /// `ranges` as they were asked for.
    pub fn shown(self, asked: &[Ends]) -> Value {
        if self.is_range {
            let (min, max) = self.extremes.unwrap_or_default();
            let range = |(i, count): (usize, u64)| {
                let (from, to) = &asked[i];
                json!({"from": from, "to": to, "count": count})
            };
            let ranges: Vec<Value> = self.ranges.into_iter().map(range).collect();
            let mut shown = json!({"min": min, "max": max, "count": self.with_value});
            if !ranges.is_empty() {
                shown["ranges"] = ranges.into();
            }
            return shown;
        }
        let mut values: Vec<_> = self.values.into_values().collect();
        // The most frequent first; those with the same count stay in the order of their values.
        values.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        let entry = |(value, label, count): (Value, Option<String>, i64)| match label {
            Some(label) => json!({"value": value, "label": label, "count": count}),
            None => json!({"value": value, "count": count}),
        };
        json!({ "values": values.into_iter().take(MAX_VALUES).map(entry).collect::<Vec<_>>() })
    }
}
