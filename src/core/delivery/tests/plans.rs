use super::fixture::Site;
use crate::Caller;
use crate::access::Rules;
use crate::delivery::compile::{Arm, Compiler, Pager, Related, Source, Span, Step};
use masthead_model::query::ast::RelationRef;
use masthead_model::query::{Limits, parse_list};
use masthead_store::delivered::query_plan;

/// How SQLite means to find a page.
fn plan(site: &Site, ty: &str, raw: &str) -> String {
    let ids = site.core.ids();
    site.core
        .read_blocking(|conn, snapshot| {
            let ty = snapshot.model.get(ty).unwrap();
            let rules = Rules::of(&Caller::Operator, snapshot);
            let query = parse_list(raw, &snapshot.model, ty, &rules, &Limits::default()).unwrap();
            let compiler = Compiler::new(conn.engine(), &snapshot.model, ids, &rules, &query.view);
            let access = compiler.driver(ty, query.filter.as_ref()).map(|(access, _)| access);
            let pager =
                Pager { ty, filter: query.filter.as_ref(), search: None, sorts: &query.sort, access, standing: None };
            let span = Span { start: 0, limit: 20, after: None, keys: false };
            Ok(query_plan(conn, compiler.list(&pager, &span))?.join("\n"))
        })
        .unwrap()
}

/// The inner query walks an index in order: nothing is sorted inside the page, only the page itself.
fn walks(plan: &str, index: &str) -> bool {
    let (inner, _) = plan.split_once("SCAN x").unwrap_or_else(|| panic!("{plan}"));
    inner.contains(index) && !inner.contains("TEMP B-TREE") && !inner.contains("SCAN t")
}

#[test]
fn pages_walk_the_index_of_their_order() {
    let site = Site::sqlite();
    for (sort, index) in [
        ("", "_doc"),
        ("sort=createdAt:desc", "_created"),
        ("sort=publishedAt:desc", "_published"),
        ("sort=publishedAt", "_published"),
        ("sort=name", "_f"),
        ("sort=name:desc", "_f"),
        ("sort=size:desc", "_f"),
    ] {
        let plan = plan(&site, "thing", sort);
        assert!(walks(&plan, index), "{sort}:\n{plan}");
    }
}

#[test]
fn equality_seeks_the_index_of_its_field() {
    let site = Site::sqlite();
    for filter in [
        "filters[name]=x",
        "filters[name][$eqi]=x",
        "filters[name][$in]=x,y",
        "filters[size][$gt]=3",
        "filters[name][$startsWith]=ab",
    ] {
        let plan = plan(&site, "thing", filter);
        assert!(plan.contains("_f") && !plan.contains("SCAN t"), "{filter}:\n{plan}");
    }
    let by_id = plan(&site, "thing", "filters[documentId]=abcdefghijklmnopqrstuvwx");
    assert!(!by_id.contains("SCAN t") && by_id.contains("document_id=?"), "{by_id}");
}

#[test]
fn of_several_conditions_the_best_one_drives() {
    let site = Site::sqlite();
    let column = |name: &str| {
        site.core.read_blocking(|_, snapshot| Ok(snapshot.model.get("thing").unwrap().storage.columns[name].n)).unwrap()
    };
    let (name, size) = (column("name"), column("size"));
    for (filter, index) in [
        ("filters[name]=x&filters[size][$gt]=3", format!("_f{name} ")),
        ("filters[size][$gt]=3&filters[name]=x&sort=size", format!("_f{name} ")),
        ("filters[size][$gt]=3&filters[size][$ne]=7&sort=createdAt", format!("_f{size} ")),
        ("filters[size]=3&filters[name][$contains]=x", format!("_f{size} ")),
    ] {
        let plan = plan(&site, "thing", filter);
        assert!(plan.contains(&index), "{filter}: not by {index}\n{plan}");
    }
    for filter in ["filters[to][name]=x", "filters[from][name]=x", "filters[words]=x", "filters[links][label]=x"] {
        let plan = plan(&site, "thing", &format!("{filter}&sort=name"));
        assert!(plan.contains("doc=?") && !plan.contains("CORRELATED SCALAR SUBQUERY 1\n SCAN"), "{filter}:\n{plan}");
        assert!(plan.contains("LIST SUBQUERY"), "{filter} is tried on every document:\n{plan}");
    }
}

#[test]
fn no_condition_across_tables_scans_one_of_them() {
    let site = Site::sqlite();
    for filter in [
        "filters[to][name]=x",
        "filters[from][name]=x",
        "filters[words]=x",
        "filters[links][label]=x",
        "filters[to][$null]=true",
        "filters[others][documentId]=abcdefghijklmnopqrstuvwx",
    ] {
        let plan = plan(&site, "thing", filter);
        for scanned in ["SCAN r", "SCAN c", "SCAN t"] {
            let bad = plan.lines().any(|line| line.contains(scanned) && !line.contains("USING"));
            assert!(!bad, "{filter}:\n{plan}");
        }
    }
}

#[test]
fn population_goes_from_documents_to_documents_by_their_keys() {
    let site = Site::sqlite();
    let ids = site.core.ids();
    let relations = [
        RelationRef::Own { path: "others".to_owned(), many: true },
        RelationRef::Inverse { source: "thing".to_owned(), field: "to".to_owned() },
    ];
    for relation in &relations {
        let plan = site
            .core
            .read_blocking(|conn, snapshot| {
                let ty = &**snapshot.model.get("thing").unwrap();
                let rules = Rules::of(&Caller::Operator, snapshot);
                let query = parse_list("", &snapshot.model, ty, &rules, &Limits::default()).unwrap();
                let compiler = Compiler::new(conn.engine(), &snapshot.model, ids, &rules, &query.view);
                let sources = [Source { ty, documents: "[[1,\"\"],[2,\"\"]]".to_owned(), state: 1 }];
                let arms = vec![Arm { number: 0, state: 1, ty, filter: None, sorts: &[] }];
                let steps = [Step { source: 0, kind: Related::Relation { relation, window: None }, arms }];
                Ok(query_plan(conn, compiler.level(&sources, &steps, 100))?.join("\n"))
            })
            .unwrap();
        assert!(plan.contains("SEARCH r") && plan.contains("SEARCH t") && plan.contains("SEARCH d"), "{plan}");
    }
}
