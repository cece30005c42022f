use crate::query::qs::{Node, parse};
use serde_json::{Value, json};

fn tree(raw: &str) -> Value {
    fn json(node: Node) -> Value {
        match node {
            Node::Value(text) => Value::String(text),
            Node::List(items) => items.into_iter().map(json).collect(),
            Node::Map(entries) => Value::Object(entries.into_iter().map(|(k, v)| (k, json(v))).collect()),
        }
    }
    json(parse(raw).unwrap())
}

#[test]
fn brackets_make_the_tree_that_qs_makes() {
    for (raw, expected) in [
        ("", json!({})),
        ("&&a=1&", json!({"a": "1"})),
        ("filters[title][$eq]=x", json!({"filters": {"title": {"$eq": "x"}}})),
        ("filters%5Btitle%5D%5B%24eq%5D=a%20b+c%2B", json!({"filters": {"title": {"$eq": "a b c+"}}})),
        (
            "filters[$or][0][a][$eq]=1&filters[$or][1][b]=2",
            json!({"filters": {"$or": [{"a": {"$eq": "1"}}, {"b": "2"}]}}),
        ),
        ("populate[0]=author&populate[1]=seo", json!({"populate": ["author", "seo"]})),
        ("sort[7]=b&sort[2]=a&sort[]=c", json!({"sort": ["a", "b", "c"]})),
        ("fields[]=title&fields[]=slug", json!({"fields": ["title", "slug"]})),
        ("a[][b]=1&a[][b]=2", json!({"a": [{"b": "1"}, {"b": "2"}]})),
        ("a=1&a=2", json!({"a": ["1", "2"]})),
        ("a[0]=1&a[b]=2", json!({"a": {"0": "1", "b": "2"}})),
        ("a&b=&c=x=y", json!({"a": "", "b": "", "c": "x=y"})),
        ("populate=author.avatar,seo", json!({"populate": "author.avatar,seo"})),
        ("a=%C3%A9", json!({"a": "é"})),
    ] {
        assert_eq!(tree(raw), expected, "{raw}");
    }
}

#[test]
fn what_qs_would_guess_at_is_refused_by_name() {
    let long = format!("ok=1&filters[title]={}", "x".repeat(17_000));
    let many = "a[]=1&".repeat(1001);
    let deep = format!("deep{}=1", "[a]".repeat(21));
    for (raw, parameter, code) in [
        ("a=%", "a", "malformed"),
        ("a=%4", "a", "malformed"),
        ("a=%zz", "a", "malformed"),
        ("filters[t]=%ff%fe", "filters[t]", "malformed"),
        ("a=%00", "a", "malformed"),
        ("a[b=1", "a[b", "malformed"),
        ("a[b]c=1", "a[b]c", "malformed"),
        ("a[[b]]=1", "a[[b]]", "malformed"),
        ("a=1&a[b]=2", "a[b]", "conflict"),
        ("a[b]=1&a=2", "a", "conflict"),
        ("a[201]=1", "a[201]", "too_many"),
        ("a[99999999999999999999999]=1", "a[99999999999999999999999]", "too_many"),
        (&long, "filters[title]", "too_long"),
        (&many, "a[]", "too_many"),
        (&deep, deep.trim_end_matches("=1"), "too_deep"),
    ] {
        let problem = parse(raw).unwrap_err();
        assert_eq!((problem.parameter.as_str(), problem.code), (parameter, code), "{raw}");
    }
}

#[test]
fn the_limits_themselves_are_admitted() {
    assert!(parse(&format!("a={}", "x".repeat(16 * 1024 - 2))).is_ok());
    assert!(parse(&"a[]=1&".repeat(1000)).is_ok());
    assert!(parse(&format!("a{}=1", "[a]".repeat(20))).is_ok());
    assert!(parse("a[200]=1").is_ok());
}

#[test]
fn json_reads_as_the_same_query() {
    let value = json!({"views": {"$gt": 3}, "author": null, "$or": [{"featured": true}, {"title": "x"}]});
    let raw = "views[$gt]=3&author[$null]=true&$or[0][featured]=true&$or[1][title]=x";
    assert_eq!(Node::from(&value), parse(raw).unwrap());
}
