//! What somebody may do to one type: the rules of all their roles, added up.

use serde_json::Value;

/// Ids of fields; all when none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Option<Vec<String>>);

impl Fields {
    pub fn all() -> Self {
        Self(None)
    }

    pub fn covers(&self, field: &str) -> bool {
        self.0.as_ref().is_none_or(|fields| fields.iter().any(|f| f == field))
    }

    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    fn includes(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(other)) => other.iter().all(|field| self.covers(field)),
        }
    }

    pub fn add(&mut self, more: &Self) {
        match (&mut self.0, &more.0) {
            (Some(own), Some(more)) => {
                own.extend(more.iter().filter(|f| !own.contains(f)).cloned().collect::<Vec<_>>())
            }
            _ => self.0 = None,
        }
    }

    /// No field at all.
    pub fn none() -> Self {
        Self(Some(Vec::new()))
    }
}

/// One way in which something is allowed: these fields, of documents that meet the condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    pub fields: Fields,
    /// Any document does when none.
    pub condition: Option<Value>,
}

impl Alternative {
    pub fn new(fields: Option<Vec<String>>, condition: Option<Value>) -> Self {
        Self { fields: Fields(fields), condition }
    }
}

/// What a caller may do to one type. A document is covered where some alternative holds for it, and a field of it where
/// one of those names the field. There is at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant(Vec<Alternative>);

impl Grant {
    /// Everything.
    pub(super) fn whole() -> Self {
        Self(vec![Alternative { fields: Fields::all(), condition: None }])
    }

    /// The sum of `all`, without what adds nothing; none when there are none.
    pub(super) fn of(all: Vec<Alternative>) -> Option<Self> {
        let mut sum: Vec<Alternative> = Vec::new();
        for more in all {
            match sum.iter_mut().find(|known| known.condition == more.condition) {
                Some(known) => known.fields.add(&more.fields),
                None => sum.push(more),
            }
        }
        if let Some(always) = sum.iter().find(|a| a.condition.is_none()).map(|a| a.fields.clone()) {
            sum.retain(|a| a.condition.is_none() || !always.includes(&a.fields));
        }
        (!sum.is_empty()).then_some(Self(sum))
    }

    pub fn alternatives(&self) -> &[Alternative] {
        &self.0
    }

    /// Whether the field is covered of some document.
    pub fn covers(&self, field: &str) -> bool {
        self.0.iter().any(|a| a.fields.covers(field))
    }

    /// What is covered of every document, if anything.
    pub fn always(&self) -> Option<&Fields> {
        self.0.iter().find(|a| a.condition.is_none()).map(|a| &a.fields)
    }

    /// The fields, where they are the same of all documents that are covered.
    pub fn even(&self) -> Option<&Fields> {
        let first = &self.0.first()?.fields;
        self.0.iter().all(|a| a.fields.includes(first) && first.includes(&a.fields)).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn alternative(fields: &[&str], condition: Option<Value>) -> Alternative {
        let fields = (fields != ["*"]).then(|| fields.iter().map(|f| (*f).to_owned()).collect());
        Alternative::new(fields, condition)
    }

    #[test]
    fn rules_add_up_and_never_take_away() {
        let (own, news) = (Some(json!({"createdBy": "ada"})), Some(json!({"category": "news"})));
        let sum = |all: &[Alternative]| Grant::of(all.to_vec()).unwrap();
        let uneven = sum(&[alternative(&["title"], None), alternative(&["*"], own.clone())]);
        assert!(uneven.covers("notes") && uneven.even().is_none());
        assert_eq!(uneven.always(), Some(&Fields(Some(vec!["title".to_owned()]))));
        let same = sum(&[alternative(&["a"], own.clone()), alternative(&["b"], own.clone())]);
        assert_eq!(same.alternatives().len(), 1);
        assert!(same.even().is_some_and(|f| f.covers("a") && f.covers("b") && !f.is_all()));
        let two = sum(&[alternative(&["a"], own.clone()), alternative(&["a"], news)]);
        assert!(two.always().is_none() && two.even().is_some());
        assert_eq!(sum(&[alternative(&["a"], own), alternative(&["*"], None)]), Grant::whole());
        assert!(Grant::of(Vec::new()).is_none());
    }
}
