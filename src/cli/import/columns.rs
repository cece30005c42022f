//! What the header of a table means: each column's place in a record, and how its cells are read.

use super::cells::Cell;
use masthead_model::{Field, FieldType, Kind, Model, Type};

/// Members of a record that are no fields.
const BESIDE: [&str; 6] = ["documentId", "locale", "status", "createdAt", "updatedAt", "publishedAt"];

/// A column of a table.
#[derive(Debug, PartialEq)]
pub struct Column {
    /// Names from the record inwards: more than one inside components.
    pub path: Vec<String>,
    pub cell: Cell,
}

/// The columns of a header, or what is wrong with each that means nothing.
pub fn columns<'a>(
    model: &Model,
    ty: &Type,
    header: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Column>, Vec<String>> {
    let (mut columns, mut wrong) = (Vec::<Column>::new(), Vec::new());
    for name in header {
        let name = name.trim();
        match column(model, ty, name) {
            Ok(column) if columns.iter().any(|c| c.path == column.path && c.cell == column.cell) => {
                wrong.push(format!("column `{name}` is there twice"));
            }
            Ok(column) => columns.push(column),
            Err(reason) => wrong.push(reason),
        }
    }
    if wrong.is_empty() { Ok(columns) } else { Err(wrong) }
}

fn column(model: &Model, ty: &Type, name: &str) -> Result<Column, String> {
    if BESIDE.contains(&name) {
        return Ok(Column { path: vec![name.to_owned()], cell: Cell::Text });
    }
    if name.is_empty() {
        return Err("a column has no name".to_owned());
    }
    let unknown = |at: &Type, part: &str| {
        let known: Vec<&str> = at.def.fields.iter().map(|f| f.name.as_str()).collect();
        format!("column `{name}`: {} has no field `{part}`; it has {}", at.def.singular, known.join(", "))
    };
    let (mut at, mut path, mut parts) = (ty, Vec::new(), name.split('.').peekable());
    while let Some(part) = parts.next() {
        path.push(part.to_owned());
        let rest: Vec<&str> = parts.clone().collect();
        let Some(field) = at.field_named(part) else {
            // A relation of another type that this one sees: written like one of its own, with many targets.
            if path.len() == 1 && model.inverse(ty.id(), part).is_some() {
                return reference(name, path, true, &rest);
            }
            return Err(unknown(at, part));
        };
        match (field.kind, rest.as_slice()) {
            (FieldType::Relation, rest) => return reference(name, path, field.many, rest),
            (_, []) => return Ok(Column { path, cell: cell(field) }),
            (FieldType::GeoPoint, [axis @ ("lat" | "lng")]) => {
                path.push((*axis).to_owned());
                return Ok(Column { path, cell: Cell::Number });
            }
            (FieldType::Component, _) if !field.repeatable => {
                let component = field.component.as_deref().and_then(|id| model.get(id));
                at = component.filter(|t| t.def.kind == Kind::Component).ok_or_else(|| unknown(at, part))?;
            }
            _ => return Err(format!("column `{name}`: `{part}` is no component with fields of its own")),
        }
    }
    Err(unknown(ty, name))
}

fn reference(name: &str, path: Vec<String>, many: bool, rest: &[&str]) -> Result<Column, String> {
    match rest {
        [] => Ok(Column { path, cell: Cell::Reference { by: None, many } }),
        [by] => Ok(Column { path, cell: Cell::Reference { by: Some((*by).to_owned()), many } }),
        _ => Err(format!("column `{name}`: a relation takes one unique field of its target")),
    }
}

fn cell(field: &Field) -> Cell {
    match field.kind {
        FieldType::Integer => Cell::Integer,
        FieldType::Decimal => Cell::Word,
        FieldType::Boolean => Cell::Boolean,
        FieldType::Tags => Cell::List,
        FieldType::Enumeration | FieldType::Media if field.many => Cell::List,
        FieldType::Enumeration | FieldType::Media => Cell::Word,
        FieldType::Date | FieldType::Time | FieldType::Datetime => Cell::Word,
        FieldType::RichText => Cell::RichText,
        FieldType::GeoPoint => Cell::Point,
        FieldType::Json | FieldType::Component | FieldType::Blocks => Cell::Json,
        _ => Cell::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use masthead_model::check::parse_type;
    use masthead_model::storage::Storage;
    use masthead_model::{Locales, TypeKey};
    use serde_json::{Value, json};

    fn define(key: i64, json: &Value) -> Type {
        let mut def = parse_type(json).unwrap();
        def.id = def.singular.clone();
        def.fields.iter_mut().for_each(|f| f.id = f.name.clone());
        Type::new(TypeKey(key), def, Storage::default())
    }

    fn model() -> Model {
        let article = json!({"kind": "collection", "singular": "article", "plural": "articles", "fields": [
            {"name": "title", "type": "string"},
            {"name": "words", "type": "integer"},
            {"name": "tags", "type": "tags"},
            {"name": "place", "type": "geo_point"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "articles"},
            {"name": "seo", "type": "component", "component": "seo"},
            {"name": "parts", "type": "component", "component": "seo", "repeatable": true}]});
        let author = json!({"kind": "collection", "singular": "author", "plural": "authors",
            "fields": [{"name": "name", "type": "string"}]});
        let seo = json!({"kind": "component", "singular": "seo", "fields": [
            {"name": "title", "type": "string"},
            {"name": "index", "type": "boolean"},
            {"name": "inner", "type": "component", "component": "seo"}]});
        Model::new(1, Locales::default(), [define(1, &article), define(2, &author), define(3, &seo)])
    }

    fn of(ty: &str, header: &[&str]) -> Result<Vec<Column>, Vec<String>> {
        let model = model();
        columns(&model, model.find(ty).unwrap(), header.iter().copied())
    }

    fn column(path: &[&str], cell: Cell) -> Column {
        Column { path: path.iter().map(|p| (*p).to_owned()).collect(), cell }
    }

    #[test]
    fn a_header_names_fields_and_fields_of_components() {
        let header = ["documentId", " title", "words", "seo.index", "seo.inner.title", "place.lat", "parts", "tags"];
        let expected = [
            column(&["documentId"], Cell::Text),
            column(&["title"], Cell::Text),
            column(&["words"], Cell::Integer),
            column(&["seo", "index"], Cell::Boolean),
            column(&["seo", "inner", "title"], Cell::Text),
            column(&["place", "lat"], Cell::Number),
            column(&["parts"], Cell::Json),
            column(&["tags"], Cell::List),
        ];
        assert_eq!(of("article", &header).unwrap(), expected);
    }

    #[test]
    fn a_relation_is_named_by_a_unique_field_of_its_target() {
        let by = |by: &str, many| Cell::Reference { by: Some(by.to_owned()), many };
        assert_eq!(of("article", &["author.slug"]).unwrap(), [column(&["author"], by("slug", false))]);
        assert_eq!(of("author", &["articles.slug"]).unwrap(), [column(&["articles"], by("slug", true))]);
        let plain = Cell::Reference { by: None, many: false };
        assert_eq!(of("article", &["author"]).unwrap(), [column(&["author"], plain)]);
    }

    #[test]
    fn every_column_that_means_nothing_is_named() {
        let header = ["titel", "title.x", "seo.x", "parts.title", "id", "", "author.a.b", "title", "title"];
        let wrong = of("article", &header).unwrap_err();
        assert_eq!(wrong.len(), 8, "{wrong:?}");
        assert!(wrong[0].contains("`titel`") && wrong[0].contains("title, words"), "{wrong:?}");
        assert!(wrong[7].contains("twice"), "{wrong:?}");
    }
}
