use super::fixture::{list, list_of, model, one};
use crate::fold;
use crate::query::ast::*;
use crate::query::{canonical, canonical_one};
use crate::storage::ColumnKind;

/// The canonical text, without what is the same for every plain query.
fn said(type_id: &str, raw: &str) -> String {
    let query = list_of(model(), type_id, raw).unwrap_or_else(|problems| panic!("{raw}: {problems:#?}"));
    let text = canonical(&query);
    let text = text.strip_prefix("list page=1/25 count=Yes q=None One(\"en\") [] Published Json ").unwrap_or(&text);
    let text = text
        .replace("CreatedAt,DocumentId,Id,Locale,Position,PublishedAt,UpdatedAt", "all")
        .replace("CreatedAt,DocumentId,Id,Locale,Path,PublishedAt,UpdatedAt", "all")
        .replace("CreatedAt,DocumentId,Id,Locale,PublishedAt,UpdatedAt", "all");
    text.strip_suffix(" select {*;all;}").unwrap_or(&text).to_owned()
}

fn check(type_id: &str, table: &[(&str, &str)]) {
    for (raw, expected) in table {
        assert_eq!(said(type_id, raw), *expected, "{raw}");
    }
}

#[test]
fn filters_on_own_fields_become_typed_comparisons() {
    check(
        "article",
        &[
            ("filters=", "select {*;all;}"),
            ("filters[title]=x", r#"where title$eq("x")"#),
            ("filters[content][$contains]=x", r#"where body$contains("x")"#),
            ("filters[title][$in]=a", r#"where title$eq("a")"#),
            (
                "filters[title][$in][0]=b&filters[title][$in][1]=a&filters[title][$in][2]=a",
                r#"where title$in("a","b")"#,
            ),
            ("filters[title]=b&filters[title]=a", r#"where title$in("a","b")"#),
            ("filters[title][$notIn][]=b", r#"where title$ne("b")"#),
            ("filters[title][$between]=a&filters[title][$between]=b", r#"where title$between("a","b")"#),
            ("filters[views][$gte]=3&filters[views][$lt]=9", "where all(views$gte(3) views$lt(9))"),
            ("filters[views][$eqi]=-3", "where views$eq(-3)"),
            ("filters[price][$lt]=1.5", "where price$lt(150)"),
            ("filters[price]=-0.50", "where price$eq(-50)"),
            ("filters[price]=7", "where price$eq(700)"),
            ("filters[featured]=t", "where featured$eq(1)"),
            ("filters[featured][$ne]=false", "where featured$ne(0)"),
            ("filters[starts][$gt]=2024-01-01", "where starts$gt(1704067200000000)"),
            ("filters[starts][$gt]=2024-01-01T00:00", "where starts$gt(1704067200000000)"),
            ("filters[starts][$gt]=2024-01-01T00:00:00.5Z", "where starts$gt(1704067200500000)"),
            ("filters[starts]=2024-01-01T02:00:00%2B02:00", "where starts$eq(1704067200000000)"),
            ("filters[starts]=2024-01-01T02:00:00+02:00", "where starts$eq(1704067200000000)"),
            ("filters[day]=2024-02-29", r#"where day$eq("2024-02-29")"#),
            ("filters[day][$startsWithi]=2024-", r#"where day$startsWith("2024-")"#),
            ("filters[opens]=17:30", r#"where opens$eq("17:30:00.000")"#),
            ("filters[kind]=news", r#"where kind$eq("news")"#),
            ("filters[words][$in][0]=a&filters[words][$in][1]=b", r#"where /words$in("a","b")"#),
            ("filters[moods]=sad", r#"where /moods$eq("sad")"#),
            ("filters[title][$null]=true", "where title$null()"),
            ("filters[title][$notNull]=false", "where title$null()"),
            ("filters[words][$null]=true", "where not(/words$notNull())"),
            ("filters[id]=7&filters[documentId][$in]=x", r#"where all(DocumentId$eq("x") Id$eq(7))"#),
            ("filters[createdAt][$gt]=2024-01-01", "where CreatedAt$gt(1704067200000000)"),
            ("filters[cover][$null]=true", "where not(media cover)"),
        ],
    );
}

#[test]
fn groups_nest_above_and_below_fields() {
    check(
        "article",
        &[
            (
                "filters[$or][0][title]=a&filters[$or][1][$not][title]=b",
                r#"where any(not(title$eq("b")) title$eq("a"))"#,
            ),
            ("filters[$and][0][title]=a&filters[$and][1][views]=1", r#"where all(title$eq("a") views$eq(1))"#),
            ("filters[title][$not][$contains]=b", r#"where not(title$contains("b"))"#),
            ("filters[title][$or][0]=b&filters[title][$or][1][$null]=true", r#"where any(title$eq("b") title$null())"#),
        ],
    );
}

#[test]
fn filters_cross_relations_from_both_ends() {
    let id = "abcdefghijklmnopqrstuvwx";
    check(
        "article",
        &[
            (&format!("filters[author]={id}"), &format!("where relation author(author:DocumentId$eq(\"{id}\"))")),
            ("filters[author]=5", "where relation author(author:Id$eq(5))"),
            ("filters[author][id][$eq]=5", "where relation author(author:Id$eq(5))"),
            (
                &format!("filters[related][$in][0]=7&filters[related][$in][1]={id}"),
                &format!("where relation related(article:any(DocumentId$eq(\"{id}\") Id$eq(7)))"),
            ),
            ("filters[author][$null]=true", "where not(relation author(author))"),
            ("filters[author][id][$notNull]=true", "where relation author(author)"),
            (
                "filters[author][name][$contains]=x&filters[author][employer][rank][$gt]=1",
                r#"where relation author(author:all(name$contains("x") relation employer(company:rank$gt(1))))"#,
            ),
        ],
    );
    check("author", &[("filters[articles][title]=x", r#"where inverse article.author(article:title$eq("x"))"#)]);
    check(
        "page",
        &[
            ("filters[parent][title]=x", r#"where relation parent(page:title$eq("x"))"#),
            ("filters[children][$null]=true", "where not(inverse page.parent(page))"),
            ("filters[path][$startsWith]=/a", r#"where Path$startsWith("/a")"#),
        ],
    );
}

#[test]
fn a_name_that_only_some_targets_have_matches_only_those() {
    check(
        "article",
        &[
            (
                "filters[owner][$or][0][rank]=1&filters[owner][$or][1][name]=x",
                r#"where relation owner(author:name$eq("x")|company:any(name$eq("x") rank$eq(1)))"#,
            ),
            (
                "populate[owner][fields]=rank",
                "select {*;all;relation owner[](author select {;DocumentId,Id;}|company select {rank;DocumentId,Id;})}",
            ),
        ],
    );
}

#[test]
fn filters_reach_into_components_and_blocks() {
    check(
        "article",
        &[
            (
                "filters[seo][metaTitle]=x&filters[seo][sub][metaTitle]=y",
                r#"where all(seo.meta_title$eq("x") seo.sub.meta_title$eq("y"))"#,
            ),
            ("filters[seo][sub][sub][metaTitle]=x", r#"where /seo.sub.sub.meta_title$eq("x")"#),
            (
                "filters[links][label]=x&filters[links][buttons][label]=y&filters[links][target][title]=z",
                r#"where element links(all(/links.label$eq("x") element links.buttons(/links.buttons.label$eq("y")) relation links.target(article:title$eq("z"))))"#,
            ),
            ("filters[links][$notNull]=true", "where element links(all())"),
            (
                "filters[sections][hero][title]=x&filters[sections][on][shared.quote][text][$containsi]=y",
                r#"where all(element sections.hero(/sections.hero.title$eq("x")) element sections.quote(/sections.quote.text$containsi("y")))"#,
            ),
            (
                "filters[sections][$null]=true",
                "where not(any(element sections.hero(all()) element sections.quote(all())))",
            ),
        ],
    );
}

#[test]
fn orders_have_many_spellings() {
    check(
        "article",
        &[
            ("sort=", "select {*;all;}"),
            ("sort=title:desc,-views&sort=views", "by title:desc by views:desc"),
            ("sort[author][name]=asc&sort[title]=DESC", "by author:author>name:asc by title:desc"),
            (
                "sort[0]=author.employer.name&sort[1]=seo.metaTitle&sort[2]=position",
                "by author:author>employer:company>name:asc by seo.meta_title:asc by Position:asc",
            ),
            ("sort[0][publishedAt]=desc&sort[1]=id", "by PublishedAt:desc by Id:asc"),
            ("sort=vault.id,title", "by title:asc"),
        ],
    );
    check("page", &[("sort=path,parent.title:desc", "by Path:asc by parent:page>title:desc")]);
}

#[test]
fn population_has_many_spellings() {
    check(
        "article",
        &[
            (
                "populate=*",
                "select {*;all;blocks sections (hero {*;;}|quote {*;;}) component links {*;;} component seo {*;;} \
                 localizations {*;all;} media cover None relation author[](author select {*;all;}) \
                 relation owner[](author select {*;all;}|company select {*;all;}) \
                 relation related[](article select {*;all;}) relation vault[]()}",
            ),
            ("fields=*&populate=cover", "select {*;all;media cover None}"),
            ("fields=title,slug,createdAt", "select {slug,title;CreatedAt,DocumentId,Id;}"),
            ("populate[author]=false", "select {*;all;}"),
            (
                "populate[0]=author.avatar&populate[1]=author",
                "select {*;all;relation author[](author select {*;all;media avatar None})}",
            ),
            (
                "populate[author][fields]=name&populate[author][filters][name]=x&populate[author][sort]=name\
                 &populate[author][populate][avatar][fields][0]=url&populate[author][pagination][page]=3",
                "select {*;all;relation author[50/25](author where name$eq(\"x\") by name:asc select \
                 {name;DocumentId,Id;media avatar Some([\"id\", \"documentId\", \"url\"])})}",
            ),
            (
                "populate[sections][on][hero][populate][image]=true",
                "select {*;all;blocks sections (hero {*;;media image None})}",
            ),
            (
                "populate[sections][populate]=*",
                "select {*;all;blocks sections (hero {*;;component buttons {*;;} media image None}|quote \
                 {*;;relation sections.quote.speaker[](author select {*;all;})})}",
            ),
            ("populate=sections.image", "select {*;all;blocks sections (hero {*;;media image None}|quote {*;;})}"),
            ("populate[localizations][fields]=title", "select {*;all;localizations {title;DocumentId,Id;}}"),
        ],
    );
    check(
        "page",
        &[(
            "populate=parent,children",
            "select {*;all;inverse page.parent[](page select {*;all;}) relation parent[](page select {*;all;})}",
        )],
    );
}

#[test]
fn pages_come_in_three_ways() {
    for (raw, page, count) in [
        ("", Page::Page { page: 1, size: 25 }, Count::Yes),
        ("pagination[page]=2&pagination[pageSize]=1000000", Page::Page { page: 2, size: 100 }, Count::Yes),
        ("pagination[start]=0", Page::Offset { start: 0, limit: 25 }, Count::Yes),
        ("pagination[limit]=-1&pagination[withCount]=exact", Page::Offset { start: 0, limit: 100 }, Count::Exact),
        ("pagination[cursor]=&pagination[withCount]=0", Page::Cursor { after: None, size: 25 }, Count::No),
        (
            "pagination[cursor]=abc&pagination[pageSize]=5",
            Page::Cursor { after: Some("abc".to_owned()), size: 5 },
            Count::Yes,
        ),
    ] {
        let query = list(raw).unwrap();
        assert_eq!((query.page, query.with_count), (page, count), "{raw}");
    }
}

#[test]
fn the_view_says_how_documents_are_seen() {
    let query = list("locale=de&fallbackLocale=en,fr,de,en&status=draft&richText=html&_q=+x+y+").unwrap();
    assert_eq!(query.search.as_deref(), Some("x y"));
    assert_eq!(
        query.view,
        View {
            locale: LocaleChoice::One("de".to_owned()),
            fallback_locales: vec!["en".to_owned(), "fr".to_owned()],
            status: Status::Draft,
            rich_text: RichTextForm::Html,
        }
    );
    assert_eq!(list("locale=*").unwrap().view.locale, LocaleChoice::All);
    assert_eq!(list("_q=+").unwrap().search, None);
}

#[test]
fn one_document_is_read_at_a_moment() {
    let query = one("at=2024-01-01T00:00:00Z&fields=title&filters[views][$gt]=3&locale=de").unwrap();
    assert_eq!(query.at, Some(1_704_067_200_000_000));
    assert_eq!(
        canonical_one(&query),
        r#"one at=Some(1704067200000000) One("de") [] Published Json where views$gt(3) select {title;DocumentId,Id;}"#
    );
}

#[test]
fn texts_bring_their_folded_key_and_paths_their_names() {
    let query = list("filters[title][$eqi]=%C3%89&fields=content").unwrap();
    let column = ColumnRef::Column { path: "title".to_owned(), kind: ColumnKind::Text };
    let values = vec![Operand::Text { raw: "É".to_owned(), key: fold::key("é") }];
    assert_eq!(query.filter, Some(Filter::Compare { column, op: Op::Eqi, values }));
    assert_eq!(query.selection.fields, Some(vec![FieldRef { id: "body".to_owned(), name: "content".to_owned() }]));
}

#[test]
fn spelling_order_and_encoding_do_not_matter_to_the_canonical_text() {
    for (one, other) in [
        ("filters[title]=x&filters[views][$gt]=3", "filters%5Bviews%5D%5B%24gt%5D=3&filters[title][$eq]=%78"),
        ("filters[$and][0][title]=x&filters[$and][1][views]=3", "filters[views]=3&filters[title]=x"),
        ("sort=title:desc&fields=title,slug", "fields[1]=title&fields[0]=slug&sort[0][title]=desc"),
        ("populate=author,cover", "populate[cover]=true&populate[author]=*"),
        ("populate[author][populate]=avatar", "populate=author.avatar"),
        (
            "populate[author][start]=25&populate[author][limit]=25",
            "populate[author][pagination][start]=25&populate[author][pagination][limit]=25",
        ),
        (
            "populate[author][pagination][page]=2",
            "populate[author][pagination][start]=25&populate[author][pagination][limit]=25",
        ),
        ("locale=en&status=published", "pagination[pageSize]=25"),
    ] {
        assert_eq!(said("article", one), said("article", other));
    }
}

#[test]
fn different_queries_have_different_canonical_texts() {
    let raws = [
        "",
        "filters[title]=x",
        "filters[title]=y",
        "filters[title][$ne]=x",
        "filters[slug]=x",
        "filters[moods]=x",
        r#"filters[title]=x") views$eq(3"#,
        "filters[$or][0][title]=x&filters[$or][1][views]=3",
        "filters[title]=x&filters[views]=3",
        "filters[$not][title]=x",
        "sort=title",
        "sort=-title",
        "sort=title,views",
        "sort=views,title",
        "fields=title",
        "populate=author",
        "populate=author.avatar",
        "populate=owner",
        "locale=de",
        "locale=*",
        "status=draft",
        "_q=x",
        "richText=html",
        "fallbackLocale=de,fr",
        "fallbackLocale=fr,de",
        "pagination[page]=2",
        "pagination[start]=0",
        "pagination[cursor]=",
        "pagination[withCount]=false",
        "populate[sections][on][hero]=true",
        "populate[author][filters][name]=x",
        "populate[author][sort]=name",
    ];
    let mut texts: Vec<String> = raws.iter().map(|raw| canonical(&list(raw).unwrap())).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), raws.len());
}
