//! The operators of filters, and which values they compare.

use super::ast::Op;
use super::value::ValueType;

/// The operators as they are written, groups aside.
pub(super) const OPERATORS: [(&str, Op); 21] = [
    ("$eq", Op::Eq),
    ("$eqi", Op::Eqi),
    ("$ne", Op::Ne),
    ("$nei", Op::Nei),
    ("$lt", Op::Lt),
    ("$lte", Op::Lte),
    ("$gt", Op::Gt),
    ("$gte", Op::Gte),
    ("$in", Op::In),
    ("$notIn", Op::NotIn),
    ("$contains", Op::Contains),
    ("$notContains", Op::NotContains),
    ("$containsi", Op::Containsi),
    ("$notContainsi", Op::NotContainsi),
    ("$startsWith", Op::StartsWith),
    ("$startsWithi", Op::StartsWithi),
    ("$endsWith", Op::EndsWith),
    ("$endsWithi", Op::EndsWithi),
    ("$null", Op::Null),
    ("$notNull", Op::NotNull),
    ("$between", Op::Between),
];

/// Groups of comparisons.
pub(super) const GROUPS: [&str; 3] = ["$and", "$or", "$not"];

impl Op {
    /// By its word in a query, e.g. `$notIn`.
    pub fn parse(word: &str) -> Option<Self> {
        OPERATORS.iter().find(|(known, _)| *known == word).map(|(_, op)| *op)
    }

    /// Its word in a query.
    pub fn word(self) -> &'static str {
        OPERATORS.iter().find(|(_, op)| *op == self).map_or("", |(word, _)| word)
    }

    /// Looks inside a text.
    pub(super) fn searches(self) -> bool {
        use Op::*;
        matches!(
            self,
            Contains | NotContains | Containsi | NotContainsi | StartsWith | StartsWithi | EndsWith | EndsWithi
        )
    }

    /// The operator that does the same where there is no upper and lower case.
    fn with_case(self) -> Self {
        match self {
            Self::Eqi => Self::Eq,
            Self::Nei => Self::Ne,
            Self::Containsi => Self::Contains,
            Self::NotContainsi => Self::NotContains,
            Self::StartsWithi => Self::StartsWith,
            Self::EndsWithi => Self::EndsWith,
            other => other,
        }
    }

    /// The operator as it applies to values of this type; none when it does not.
    pub(super) fn on(self, values: ValueType) -> Option<Self> {
        use Op::*;
        if values == ValueType::Text {
            return Some(self);
        }
        let op = self.with_case();
        let applies = match values {
            ValueType::Text | ValueType::Plain | ValueType::Date | ValueType::Time => true,
            ValueType::Integer | ValueType::Decimal(_) | ValueType::Datetime => !op.searches(),
            ValueType::Boolean | ValueType::Word | ValueType::PublicId => {
                matches!(op, Eq | Ne | In | NotIn | Null | NotNull)
            }
        };
        applies.then_some(op)
    }
}
