//! Names of schemas: of a type `blog-post` they are `BlogPostEntry` and `BlogPostInput`.

use std::collections::{BTreeSet, HashMap};

/// Names that were given; each only once.
#[derive(Default)]
pub struct Names {
    given: HashMap<(String, &'static str), String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// The name for the schema of this kind of a type or component.
    pub fn of(&mut self, type_id: &str, singular: &str, kind: &'static str) -> String {
        if let Some(name) = self.given.get(&(type_id.to_owned(), kind)) {
            return name.clone();
        }
        let base = format!("{}{kind}", pascal(singular));
        let mut name = base.clone();
        let mut n = 1;
        while !self.taken.insert(name.clone()) {
            n += 1;
            name = format!("{base}{n}");
        }
        self.given.insert((type_id.to_owned(), kind), name.clone());
        name
    }
}

/// `shared.rich-text` → `SharedRichText`.
fn pascal(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for part in word.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = part.chars();
        if let Some(first) = letters.next() {
            out.push(first.to_ascii_uppercase());
            out.push_str(letters.as_str());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_types_never_share_a_name() {
        let mut names = Names::default();
        assert_eq!(names.of("a", "blog-post", "Entry"), "BlogPostEntry");
        assert_eq!(names.of("b", "blog_post", "Entry"), "BlogPostEntry2");
        assert_eq!(names.of("a", "blog-post", "Entry"), "BlogPostEntry");
        assert_eq!(names.of("c", "shared.seo", "Component"), "SharedSeoComponent");
    }
}
