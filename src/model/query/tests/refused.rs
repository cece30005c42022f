use super::fixture::{list, list_of, model, one};
use crate::query::QueryProblem;

fn check(found: Vec<QueryProblem>, raw: &str, parameter: &str, code: &str) {
    let found: Vec<(&str, &str)> = found.iter().map(|p| (p.parameter.as_str(), p.code)).collect();
    assert_eq!(found, [(parameter, code)], "{raw}");
}

#[test]
fn every_refusal_names_its_parameter() {
    for (raw, parameter, code) in [
        ("filter[title]=x", "filter", "unknown_parameter"),
        ("=x", "", "unknown_parameter"),
        ("publicationState=live", "publicationState", "unknown_parameter"),
        ("at=2024-01-01", "at", "unknown_parameter"),
        ("page=2", "page", "unknown_parameter"),
        ("filters=x", "filters", "invalid_filter"),
        ("filters[0][title]=x", "filters", "invalid_filter"),
        ("filters[titel]=x", "filters[titel]", "unknown_field"),
        ("filters[$eq]=x", "filters[$eq]", "invalid_filter"),
        ("filters[$xor]=x", "filters[$xor]", "unknown_operator"),
        ("filters[title][$eqq]=x", "filters[title][$eqq]", "unknown_operator"),
        ("filters[title][name]=x", "filters[title][name]", "unknown_operator"),
        ("filters[$or][1][views]=1&filters[$or][0][views]=x", "filters[$or][0][views]", "invalid_value"),
        ("filters[views][$in][0]=1&filters[views][$in][1]=b", "filters[views][$in][1]", "invalid_value"),
        ("filters[views]=1.5", "filters[views]", "invalid_value"),
        ("filters[views]=99999999999999999999", "filters[views]", "invalid_value"),
        ("filters[views][$contains]=1", "filters[views][$contains]", "operator_not_applicable"),
        ("filters[featured][$gt]=1", "filters[featured][$gt]", "operator_not_applicable"),
        ("filters[id][$gt]=1", "filters[id][$gt]", "operator_not_applicable"),
        ("filters[price]=1.234", "filters[price]", "invalid_value"),
        ("filters[price]=1e3", "filters[price]", "invalid_value"),
        ("filters[price]=.", "filters[price]", "invalid_value"),
        ("filters[price]=1.", "filters[price]", "invalid_value"),
        ("filters[price]=99999999999999999", "filters[price]", "invalid_value"),
        ("filters[featured]=yes", "filters[featured]", "invalid_value"),
        ("filters[starts]=yesterday", "filters[starts]", "invalid_value"),
        ("filters[starts]=2024-13-01", "filters[starts]", "invalid_value"),
        ("filters[day]=2024-02-30", "filters[day]", "invalid_value"),
        ("filters[day]=2024-02-01T00:00", "filters[day]", "invalid_value"),
        ("filters[opens]=25:00", "filters[opens]", "invalid_value"),
        ("filters[title][$null]=maybe", "filters[title][$null]", "invalid_value"),
        ("filters[title][$eq][a]=b", "filters[title][$eq][0]", "invalid_value"),
        ("filters[title][$eq]=a&filters[title][$eq]=b", "filters[title][$eq]", "invalid_value"),
        ("filters[title][$between]=a", "filters[title][$between]", "invalid_value"),
        ("filters[data]=1", "filters[data]", "not_filterable"),
        ("filters[prose][$null]=true", "filters[prose]", "not_filterable"),
        ("filters[place]=1", "filters[place]", "not_filterable"),
        ("filters[cover][url]=x", "filters[cover]", "not_filterable"),
        ("filters[locale]=en", "filters[locale]", "not_filterable"),
        ("filters[createdBy]=me", "filters[createdBy]", "unknown_field"),
        ("filters[author][nom]=x", "filters[author][nom]", "unknown_field"),
        ("filters[owner][nom]=x", "filters[owner][nom]", "unknown_field"),
        ("filters[owner][rank]=x", "filters[owner][rank]", "invalid_value"),
        ("filters[author][$gt]=x", "filters[author][$gt]", "invalid_filter"),
        ("filters[sections][banner][title]=x", "filters[sections][banner]", "unknown_field"),
        ("filters[sections]=hero", "filters[sections]", "invalid_filter"),
        ("filters[links][label][$eqq]=x", "filters[links][label][$eqq]", "unknown_operator"),
        ("sort=titel", "sort", "unknown_field"),
        ("sort[1]=title:up&sort[0]=views", "sort[1]", "invalid_value"),
        ("sort[author][name][0]=asc", "sort[author][name]", "invalid_value"),
        ("sort=related.title", "sort", "not_sortable"),
        ("sort=owner.name", "sort", "not_sortable"),
        ("sort=links.label", "sort", "not_sortable"),
        ("sort=words", "sort", "not_sortable"),
        ("sort=author", "sort", "not_sortable"),
        ("sort=locale", "sort", "not_sortable"),
        ("sort=seo.sub.sub.metaTitle", "sort", "not_sortable"),
        ("sort=path", "sort", "unknown_field"),
        ("fields=titel", "fields", "unknown_field"),
        ("fields[0]=title&fields[1]=author", "fields[1]", "not_selectable"),
        ("fields[a]=title", "fields", "invalid_value"),
        ("populate=writer", "populate", "unknown_field"),
        ("populate=title", "populate", "not_populatable"),
        ("populate[author]=maybe", "populate[author]", "invalid_value"),
        ("populate[author][order]=name", "populate[author][order]", "unknown_parameter"),
        ("populate[author][fields]=nom", "populate[author][fields]", "unknown_field"),
        ("populate[author][filters][nom]=x", "populate[author][filters][nom]", "unknown_field"),
        ("populate[owner][sort]=rank", "populate[owner][sort]", "unknown_field"),
        ("populate[author][pagination][limit]=0", "populate[author][pagination][limit]", "invalid_value"),
        ("populate[sections][on][banner]=true", "populate[sections][on][banner]", "unknown_field"),
        ("populate[sections][on]=hero", "populate[sections][on]", "invalid_value"),
        ("populate[sections][populate]=nothing", "populate[sections][populate]", "unknown_field"),
        ("populate[seo][filters][metaTitle]=x", "populate[seo][filters]", "unknown_parameter"),
        ("populate[cover][fields]=colour", "populate[cover][fields]", "unknown_field"),
        ("populate=cover.related", "populate", "unknown_field"),
        ("pagination=2", "pagination", "invalid_value"),
        ("pagination[size]=2", "pagination[size]", "unknown_parameter"),
        ("pagination[page]=0", "pagination[page]", "invalid_value"),
        ("pagination[pageSize]=-1", "pagination[pageSize]", "invalid_value"),
        ("pagination[pageSize]=", "pagination[pageSize]", "invalid_value"),
        ("pagination[limit]=x", "pagination[limit]", "invalid_value"),
        ("pagination[withCount]=maybe", "pagination[withCount]", "invalid_value"),
        ("pagination[page]=1&pagination[start]=0", "pagination", "conflict"),
        ("pagination[cursor]=a&pagination[limit]=5", "pagination", "conflict"),
        ("locale=xx", "locale", "unknown_locale"),
        ("locale=en&locale=de", "locale", "invalid_value"),
        ("fallbackLocale=xx", "fallbackLocale", "unknown_locale"),
        ("fallbackLocale=de,fr,it,es", "fallbackLocale", "too_many"),
        ("locale=*&fallbackLocale=de", "fallbackLocale", "conflict"),
        ("status=live", "status", "invalid_value"),
        ("richText=xml", "richText", "invalid_value"),
    ] {
        check(list(raw).expect_err(raw), raw, parameter, code);
    }
}

#[test]
fn one_document_has_nothing_to_sort_page_or_search() {
    for (raw, parameter, code) in [
        ("sort=title", "sort", "unknown_parameter"),
        ("pagination[page]=1", "pagination", "unknown_parameter"),
        ("_q=x", "_q", "unknown_parameter"),
        ("at=noon", "at", "invalid_value"),
        ("locale=*", "locale", "unknown_locale"),
    ] {
        check(one(raw).expect_err(raw), raw, parameter, code);
    }
}

#[test]
fn all_problems_are_told_at_once_with_names_that_look_alike() {
    let problems = list("filters[titel]=x&sort=veiws&fields=slgu&populate=auhtor&filtres=x").unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "there is no parameter `filtres` here; did you mean `filters`?",
            "there is no field `titel` here; did you mean `title`?",
            "there is no field `veiws` here; did you mean `views`?",
            "there is no field `slgu` here; did you mean `slug`?",
            "there is no field `auhtor` here; did you mean `author`?",
        ]
    );
}

#[test]
fn too_much_is_refused() {
    let clauses: String = (0..101).map(|i| format!("filters[$or][{i}][views]=1&")).collect();
    let nested = format!("filters{}[views]=1", "[$not]".repeat(12));
    let levels = format!("populate=related{}", ".related".repeat(6));
    let values = "filters[views][$in][]=1&".repeat(501);
    let text = format!("filters[title]={}", "x".repeat(1001));
    let keys = "sort=title,slug,content,views,price,featured,day,opens,starts,kind,id".to_owned();
    for (raw, code) in [
        (clauses, "too_many"),
        (nested, "too_deep"),
        (levels, "too_deep"),
        (values, "invalid_value"),
        (text, "invalid_value"),
        (keys, "too_many"),
    ] {
        let problems = list(&raw).expect_err(&raw);
        assert!(problems.iter().any(|p| p.code == code), "{raw}: {problems:?}");
    }
    assert!(list(&format!("populate=related{}", ".related".repeat(5))).is_ok());
}

#[test]
fn a_page_type_has_no_position_and_an_orderable_one_no_path() {
    let model = model();
    check(list_of(model, "page", "sort=position").unwrap_err(), "position", "sort", "unknown_field");
    check(list_of(model, "article", "filters[path]=/").unwrap_err(), "path", "filters[path]", "unknown_field");
}
