//! Comparisons, the same on both databases: texts by bytes or by their folded keys, never by the database's own idea
//! of letters.

use super::Compiler;
use masthead_model::fold;
use masthead_model::query::ast::{Op, Operand};
use masthead_store::{Engine, Statement};

/// Where a value stands, as SQL.
pub(super) enum Cells {
    /// The text and its folded key, which is indexed.
    Text {
        raw: String,
        key: String,
    },
    /// The text and the text without case.
    LongText {
        raw: String,
        caseless: String,
    },
    Plain(String),
    Integer(String),
    /// There is no value, for any row.
    Absent,
}

impl Cells {
    fn value(&self) -> Option<&str> {
        match self {
            Self::Text { raw, .. } | Self::LongText { raw, .. } => Some(raw),
            Self::Plain(column) | Self::Integer(column) => Some(column),
            Self::Absent => None,
        }
    }
}

impl Compiler<'_> {
    /// `cells op values`. With `sure` it is never NULL.
    pub(super) fn compare(&self, q: &mut Statement, cells: &Cells, op: Op, values: &[Operand], sure: bool) {
        let Some(value) = cells.value() else {
            q.push(if op == Op::Null { "1 = 1" } else { "1 = 0" });
            return;
        };
        match op {
            Op::Null => {
                q.push(&format!("{value} IS NULL"));
            }
            Op::NotNull => {
                q.push(&format!("{value} IS NOT NULL"));
            }
            _ if sure => {
                q.push(&format!("({value} IS NOT NULL AND "));
                self.meets(q, cells, value, op, values);
                q.push(")");
            }
            _ => self.meets(q, cells, value, op, values),
        }
    }

    fn meets(&self, q: &mut Statement, cells: &Cells, value: &str, op: Op, values: &[Operand]) {
        let Some(first) = values.first() else {
            // Nothing is in an empty list.
            q.push(if op == Op::NotIn { "1 = 1" } else { "1 = 0" });
            return;
        };
        match op {
            Op::Eq => self.equals(q, cells, value, first),
            Op::Ne => self.simple(q, value, "<>", first),
            Op::Lt => self.simple(q, value, "<", first),
            Op::Lte => self.simple(q, value, "<=", first),
            Op::Gt => self.simple(q, value, ">", first),
            Op::Gte => self.simple(q, value, ">=", first),
            Op::Between => {
                q.push("(");
                self.simple(q, value, ">=", first);
                q.push(" AND ");
                self.simple(q, value, "<=", values.get(1).unwrap_or(first));
                q.push(")");
            }
            Op::In => self.is_among(q, cells, value, values),
            Op::NotIn => {
                q.push("NOT (");
                self.is_among(q, cells, value, values);
                q.push(")");
            }
            Op::Eqi | Op::Nei => self.equals_caseless(q, cells, value, first, op == Op::Eqi),
            _ => self.searches(q, cells, value, op, first),
        }
    }

    fn simple(&self, q: &mut Statement, value: &str, sign: &str, operand: &Operand) {
        q.push(&format!("{value} {sign} "));
        match operand {
            Operand::Int(number) => q.push_bind(*number),
            Operand::Text { raw, .. } | Operand::Plain(raw) => q.push_bind(raw),
        };
    }

    /// The key, being indexed, finds the few rows whose texts are then compared.
    fn equals(&self, q: &mut Statement, cells: &Cells, value: &str, operand: &Operand) {
        match (cells, operand) {
            (Cells::Text { key, .. }, Operand::Text { raw, key: folded }) => {
                q.push(&format!("({key} = ")).push_bind(folded).push(&format!(" AND {value} = ")).push_bind(raw);
                q.push(")");
            }
            _ => self.simple(q, value, "=", operand),
        }
    }

    fn equals_caseless(&self, q: &mut Statement, cells: &Cells, value: &str, operand: &Operand, equal: bool) {
        let sign = if equal { "=" } else { "<>" };
        match (cells, operand) {
            (Cells::Text { key, .. }, Operand::Text { key: folded, .. }) => {
                q.push(&format!("{key} {sign} ")).push_bind(folded);
            }
            (Cells::LongText { caseless, .. }, Operand::Text { raw, .. }) => {
                q.push(&format!("{caseless} {sign} ")).push_bind(fold::caseless(raw));
            }
            _ => self.simple(q, value, sign, operand),
        }
    }

    fn is_among(&self, q: &mut Statement, cells: &Cells, value: &str, values: &[Operand]) {
        let texts: Vec<&str> = values.iter().filter_map(text).collect();
        match cells {
            Cells::Integer(column) => {
                let numbers: Vec<i64> = values.iter().filter_map(number).collect();
                self.among_integers(q, column, &numbers);
            }
            Cells::Text { key, .. } => {
                let keys: Vec<String> = texts.iter().map(|text| fold::key(text)).collect();
                q.push("(");
                self.among_texts(q, key, &keys);
                q.push(" AND ");
                self.among_texts(q, value, &texts);
                q.push(")");
            }
            _ => self.among_texts(q, value, &texts),
        }
    }

    /// Operators that look inside a text.
    fn searches(&self, q: &mut Statement, cells: &Cells, value: &str, op: Op, operand: &Operand) {
        let Some(raw) = text(operand) else {
            q.push("1 = 0");
            return;
        };
        let caseless = matches!(op, Op::Containsi | Op::NotContainsi | Op::StartsWithi | Op::EndsWithi);
        let (value, sought) = match cells {
            Cells::Text { key, .. } if caseless => (self.caseless_half(key), fold::caseless(raw)),
            Cells::LongText { caseless: column, .. } if caseless => (column.clone(), fold::caseless(raw)),
            _ => (value.to_owned(), raw.to_owned()),
        };
        let length = sought.chars().count() as i64;
        let position = self.function_position();
        match op {
            Op::Contains | Op::Containsi => {
                q.push(&format!("{position}({value}, ")).push_bind(sought).push(") > 0");
            }
            Op::NotContains | Op::NotContainsi => {
                q.push(&format!("{position}({value}, ")).push_bind(sought).push(") = 0");
            }
            Op::StartsWith | Op::StartsWithi => {
                q.push("(");
                if let Cells::Text { key, .. } = cells {
                    key_range(q, key, raw);
                }
                q.push(&format!("substr({value}, 1, CAST(")).push_bind(length);
                q.push(" AS INTEGER)) = ").push_bind(sought).push(")");
            }
            _ if sought.is_empty() => {
                q.push(&format!("{value} IS NOT NULL"));
            }
            _ => {
                let (from, to) = match self.engine {
                    Engine::Sqlite => (format!("substr({value}, -CAST("), " AS INTEGER)) = "),
                    Engine::Postgres => (format!("right({value}, CAST("), " AS INTEGER)) = "),
                };
                q.push(&from).push_bind(length).push(to).push_bind(sought);
            }
        }
    }

    /// The part of a folded key that has its accents, see [`fold`].
    pub(super) fn caseless_half(&self, key: &str) -> String {
        let position = self.function_position();
        let character = match self.engine {
            Engine::Sqlite => "char",
            Engine::Postgres => "chr",
        };
        format!("substr({key}, {position}({key}, {character}({})) + 1)", u32::from(fold::SEPARATOR))
    }

    /// `column IN (texts)`, as one bound value.
    pub(super) fn among_texts<T: AsRef<str>>(&self, q: &mut Statement, column: &str, texts: &[T]) {
        let list = serde_json::Value::from_iter(texts.iter().map(AsRef::as_ref)).to_string();
        match self.engine {
            Engine::Sqlite => {
                q.push(&format!("{column} IN (SELECT value FROM json_each(")).push_bind(list).push("))");
            }
            Engine::Postgres => {
                q.push(&format!("{column} = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST(")).push_bind(list);
                q.push(" AS jsonb)) COLLATE \"C\"))");
            }
        }
    }

    /// `column IN (numbers)`, as one bound value.
    pub(super) fn among_integers(&self, q: &mut Statement, column: &str, numbers: &[i64]) {
        if let [one] = numbers {
            q.push(&format!("{column} = ")).push_bind(*one);
            return;
        }
        let list = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        match self.engine {
            Engine::Sqlite => {
                q.push(&format!("{column} IN (SELECT value FROM json_each("));
                q.push_bind(format!("[{list}]")).push("))");
            }
            Engine::Postgres => {
                q.push(&format!("{column} = ANY(CAST(")).push_bind(format!("{{{list}}}")).push(" AS bigint[]))");
            }
        }
    }
}

/// Narrows to an index range: the key of a text that begins with an ASCII prefix begins with the prefix's key. (Not
/// so beyond ASCII, where what follows may change the letter before it.)
fn key_range(q: &mut Statement, key: &str, prefix: &str) {
    let folded = fold::key(prefix);
    let Some((last, before)) = folded.as_bytes().split_last().filter(|_| folded.is_ascii()) else { return };
    if !prefix.is_ascii() || *last >= 0x7e {
        return;
    }
    let mut end = String::from_utf8_lossy(before).into_owned();
    end.push(char::from(last + 1));
    q.push(&format!("{key} >= ")).push_bind(folded).push(&format!(" AND {key} < ")).push_bind(end).push(" AND ");
}

fn text(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Text { raw, .. } | Operand::Plain(raw) => Some(raw),
        Operand::Int(_) => None,
    }
}

fn number(operand: &Operand) -> Option<i64> {
    match operand {
        Operand::Int(number) => Some(*number),
        _ => None,
    }
}
