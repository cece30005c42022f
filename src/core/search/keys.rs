//! A set of documents, as bits: small enough to be kept, quick enough to be asked for each candidate.

/// Keys of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<u64>);

impl Keys {
    pub fn insert(&mut self, key: i64) {
        let Ok(key) = usize::try_from(key) else { return };
        if self.0.len() <= key / 64 {
            self.0.resize(key / 64 + 1, 0);
        }
        self.0[key / 64] |= 1 << (key % 64);
    }

    pub fn contains(&self, key: u64) -> bool {
        let word = usize::try_from(key / 64).ok().and_then(|at| self.0.get(at));
        word.is_some_and(|word| word >> (key % 64) & 1 == 1)
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        self.0.len() * 8
    }
}

impl Extend<i64> for Keys {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, keys: I) {
        keys.into_iter().for_each(|key| self.insert(key));
    }
}

impl FromIterator<i64> for Keys {
    fn from_iter<I: IntoIterator<Item = i64>>(keys: I) -> Self {
        let mut set = Self::default();
        set.extend(keys);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let keys: Keys = [3, 64, 1_000, 64, -1].into_iter().collect();
        let held: Vec<u64> = (0..2_000).filter(|key| keys.contains(*key)).collect();
        assert_eq!((held, keys.len(), keys.is_empty()), (vec![3, 64, 1_000], 3, false));
        assert!(!keys.contains(u64::MAX) && Keys::default().is_empty());
    }
}
