//! How good the order is, over real pages: what somebody types, and which pages he then expects.

use super::{Searching, escaped};
use crate::app::{OPERATOR, On, TestApp, map, run};
use masthead_core::content::{self, ImportOptions, Record};
use serde_json::{Value, json};
use std::io::Read;

/// Locale, what is typed, and slugs of pages of which one is expected first.
const QUERIES: &[(&str, &str, &[&str])] = &[
    // Words of titles, whole and begun.
    (
        "blog",
        "fearless concurrency",
        &["2015/04/10/Fearless-Concurrency", "2017/11/14/Fearless-Concurrency-In-Firefox-Quantum"],
    ),
    (
        "blog",
        "fearless conc",
        &["2015/04/10/Fearless-Concurrency", "2017/11/14/Fearless-Concurrency-In-Firefox-Quantum"],
    ),
    ("blog", "firefox quantum", &["2017/11/14/Fearless-Concurrency-In-Firefox-Quantum"]),
    ("blog", "procedural macros", &["2018/12/21/Procedural-Macros-in-Rust-2018"]),
    ("blog", "rust 1.56", &["2021/10/21/Rust-1.56.0"]),
    ("blog", "announcing rust 1.42.0", &["2020/03/12/Rust-1.42"]),
    ("blog", "cargo cache cleaning", &["2023/12/11/cargo-cache-cleaning"]),
    ("blog", "committing lockfiles", &["2023/08/29/committing-lockfiles"]),
    ("blog", "imposter syndrome", &["inside-rust/2022/04/19/imposter-syndrome"]),
    ("blog", "portable simd", &["inside-rust/2020/09/29/Portable-SIMD-PG"]),
    ("blog", "inline assembly", &["inside-rust/2020/06/08/new-inline-asm"]),
    ("blog", "async closures", &["inside-rust/2024/08/09/async-closures-call-for-testing"]),
    ("blog", "llm policy", &["inside-rust/2026/08/05/rust-langrust-is-adopting-an-llm-policy"]),
    ("blog", "return type notation", &["inside-rust/2024/09/26/rtn-call-for-testing"]),
    ("blog", "five years of rust", &["2020/05/15/five-years-of-rust"]),
    ("blog", "event lineup 2019", &["2019/05/20/The-2019-Rust-Event-Lineup"]),
    ("blog", "summer of code", &["2024/02/21/Rust-participates-in-GSoC-2024", "2025/11/18/gsoc-2025-results"]),
    ("blog", "rust survey 2018", &["2018/11/27/Rust-survey-2018"]),
    ("blog", "musl targets", &["2025/12/05/Updating-musl-1.2.5"]),
    ("blog", "malicious crates", &["2025/12/03/crates.io-malicious-crates-evm-units-and-uniswap-utils"]),
    ("blog", "target directory size", &["inside-rust/2026/08/18/reducing-target-dir-size-on-nightly"]),
    ("blog", "apple platform versions", &["2023/09/25/Increasing-Apple-Version-Requirements"]),
    ("blog", "glibc kernel", &["2022/08/01/Increasing-glibc-kernel-requirements"]),
    ("blog", "trait solver", &["2026/08/21/enabling-next-solver-on-nightly"]),
    ("blog", "bisecting regressions", &["inside-rust/2019/12/18/bisecting-rust-compiler"]),
    // Other forms of the words.
    ("blog", "macro procedural", &["2018/12/21/Procedural-Macros-in-Rust-2018"]),
    ("blog", "commit lockfile", &["2023/08/29/committing-lockfiles"]),
    ("blog", "electing directors", &["inside-rust/2025/08/20/electing-new-project-directors-2025"]),
    ("blog", "sponsoring contributors", &["2025/12/08/making-it-easier-to-sponsor-rust-contributors"]),
    ("blog", "shrinking memory use", &["inside-rust/2021/02/15/shrinkmem-rustc-sprint"]),
    ("blog", "broken badge", &["2023/10/26/broken-badges-and-23k-keywords"]),
    // Typos.
    (
        "blog",
        "fearles concurency",
        &["2015/04/10/Fearless-Concurrency", "2017/11/14/Fearless-Concurrency-In-Firefox-Quantum"],
    ),
    ("blog", "proceduarl macros", &["2018/12/21/Procedural-Macros-in-Rust-2018"]),
    ("blog", "impostor syndrom", &["inside-rust/2022/04/19/imposter-syndrome"]),
    ("blog", "govrenance refrom", &["inside-rust/2023/02/22/governance-reform-rfc"]),
    ("blog", "lockfliles", &["2023/08/29/committing-lockfiles"]),
    // Phrases and exclusions.
    ("blog", "\"once, run everywhere\"", &["2015/04/24/Rust-Once-Run-Everywhere"]),
    ("blog", "\"shape of errors\"", &["2016/08/10/Shape-of-errors-to-come"]),
    ("blog", "fearless concurrency -firefox", &["2015/04/10/Fearless-Concurrency"]),
    ("blog", "CVE-2021-42574", &["2021/11/01/cve-2021-42574"]),
    ("blog", "rustdoc security advisory", &["2018/07/06/security-advisory-for-rustdoc"]),
    // The same site in other languages and scripts.
    ("en", "large clusters", &["docs/setup/best-practices/cluster-large"]),
    ("en", "pki certificates", &["docs/setup/best-practices/certificates"]),
    ("en", "wordpress mysql", &["docs/tutorials/stateful-application/mysql-wordpress-persistent-volume"]),
    ("en", "troubleshoot kubeadm", &["docs/setup/production-environment/tools/kubeadm/troubleshooting-kubeadm"]),
    ("en", "zookeper", &["docs/tutorials/stateful-application/zookeeper"]),
    ("en", "opening pull requests", &["docs/contribute/new-content/open-a-pr"]),
    ("de", "lokal betreiben", &["docs/setup/minikube"]),
    ("de", "offentlich zuganglich", &["docs/tutorials/kubernetes-basics/expose"]),
    ("de", "Lokalisierungen", &["docs/contribute/localization"]),
    ("fr", "apercu du style", &["docs/contribute/style"]),
    ("fr", "contribution avancée", &["docs/contribute/advanced"]),
    ("fr", "génération documentation référence fédération", &["docs/contribute/generate-ref-docs/federation-api"]),
    ("es", "compilar codigo fuente", &["docs/setup/release/building-from-source"]),
    ("es", "clusteres", &["docs/tutorials/clusters"]),
    ("pl", "tlumaczenie", &["docs/contribute/localization-pl"]),
    ("pl", "skalowanie", &["docs/tutorials/kubernetes-basics/scale"]),
    ("ru", "локализация", &["docs/contribute/localization"]),
    (
        "ru",
        "генерацию справочной",
        &[
            "docs/contribute/generate-ref-docs/kubectl",
            "docs/contribute/generate-ref-docs/kubernetes-api",
            "docs/contribute/generate-ref-docs/kubernetes-components",
        ],
    ),
    ("ru", "быстрый старт", &["docs/contribute/generate-ref-docs/quickstart"]),
    ("uk", "переклад українською", &["docs/contribute/localization_uk"]),
    ("uk", "віртуалізація", &["docs/setup/production-environment/on-premises-vm"]),
    ("id", "ketersediaan tinggi", &["docs/setup/production-environment/tools/kubeadm/high-availability"]),
    ("id", "lingkungan produksi", &["docs/setup/production-environment"]),
    ("zh-CN", "快速入门", &["docs/contribute/generate-ref-docs/quickstart"]),
    ("zh-CN", "高级贡献", &["docs/contribute/advanced"]),
    ("zh-CN", "案例分析", &["docs/contribute/new-content/blogs-case-studies"]),
    ("zh-CN", "本地化样式", &["docs/contribute/localization_zh"]),
    ("ja", "ベストプラクティス", &["docs/setup/best-practices"]),
    ("ja", "証明書", &["docs/setup/best-practices/certificates"]),
    ("ja", "大規模クラスタ", &["docs/setup/best-practices/cluster-large"]),
    ("ja", "複数のゾーン", &["docs/setup/best-practices/multiple-zones"]),
    ("ko", "역할과 책임", &["docs/contribute/participate/roles-and-responsibilities"]),
    ("ko", "풀 리퀘스트 열기", &["docs/contribute/new-content/open-a-pr"]),
    ("ko", "한글화", &["docs/contribute/localization_ko"]),
];

fn lines(name: &str) -> Option<Vec<Value>> {
    let folder = std::env::var("MASTHEAD_TEST_DATA").ok()?;
    let file = std::fs::File::open(format!("{folder}/docs/{name}.ndjson.gz")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

async fn import(app: &TestApp, ty: &str, key: Option<&str>, records: Vec<Value>) {
    let options = ImportOptions { publish: true, key: key.map(str::to_owned), ..ImportOptions::default() };
    for chunk in records.chunks(200) {
        let records = chunk.iter().zip(1..).map(|(r, line)| Record { line, values: map(r.clone()) }).collect();
        for line in content::import_batch(&app.core, &OPERATOR, ty, &options, records).await.unwrap() {
            line.outcome.unwrap();
        }
    }
}

mod heavy {
    use super::*;

    #[test]
    fn real_pages_are_found_by_what_people_type() {
        let (Some(posts), Some(pages)) = (lines("rust-blog"), lines("kubernetes-docs-multilocale")) else {
            eprintln!("skipped: MASTHEAD_TEST_DATA is not set");
            return;
        };
        run(On::Sqlite, async move |app| {
            let locales: std::collections::BTreeSet<&str> =
                pages.iter().map(|p| p["locale"].as_str().unwrap()).collect();
            let mut codes = vec!["en"];
            codes.extend(locales.iter().filter(|code| **code != "en"));
            app.push_locales(&codes);
            app.push(&[
                json!({"kind": "collection", "singular": "post", "plural": "posts", "titleField": "title", "fields": [
                    {"name": "address", "type": "string", "unique": true}, {"name": "title", "type": "string", "searchable": true},
                    {"name": "summary", "type": "text", "searchable": true, "weight": 4}, {"name": "body", "type": "markdown", "searchable": true}]}),
                json!({"kind": "collection", "singular": "page", "plural": "pages", "titleField": "title", "fields": [
                    {"name": "address", "type": "string", "unique": true}, {"name": "title", "type": "string", "localized": true, "searchable": true},
                    {"name": "summary", "type": "text", "localized": true, "searchable": true, "weight": 4},
                    {"name": "body", "type": "markdown", "localized": true, "searchable": true}]}),
            ]);
            let record = |p: &Value| json!({"address": p["slug"], "title": p["title"], "summary": p["summary"], "body": p["body"]});
            import(&app, "post", Some("address"), posts.iter().map(record).collect()).await;
            // One document in many locales, by what the pages have in common.
            let localized = |p: &Value| {
                let mut record = record(p);
                record["locale"] = p["locale"].clone();
                record
            };
            import(&app, "page", Some("address"), pages.iter().map(localized).collect()).await;
            let site = Searching::new(&app);
            site.settle().await;
            let (mut found, mut rank) = (0, 0.0);
            let mut missed = Vec::new();
            for (locale, typed, expected) in QUERIES {
                let (types, locale) = if *locale == "blog" { ("posts", "en") } else { ("pages", *locale) };
                let query = format!(
                    "q={}&types={types}&locale={locale}&pagination[pageSize]=10&fields=address&highlight=false",
                    escaped(typed)
                );
                let first = site.column(&query, "address").await;
                let place = first.iter().position(|slug| expected.contains(&slug.as_str()));
                found += usize::from(place.is_some());
                rank += place.map_or(0.0, |at| 1.0 / (at as f64 + 1.0));
                if place != Some(0) {
                    missed.push(format!("{locale} {typed}: {place:?} {:?}", &first[..first.len().min(3)]));
                }
            }
            let count = QUERIES.len() as f64;
            let (recall, mrr) = (found as f64 / count, rank / count);
            println!("{} queries: recall@10 {recall:.3}, MRR {mrr:.3}\n{}", QUERIES.len(), missed.join("\n"));
            assert!(recall >= 0.95 && mrr >= 0.85, "recall@10 {recall:.3}, MRR {mrr:.3}\n{}", missed.join("\n"));
            let size = site.standing().bytes as f64;
            let text: usize = posts
                .iter()
                .chain(&pages)
                .map(|p| p["title"].as_str().unwrap().len() + p["body"].as_str().unwrap().len())
                .sum();
            println!("index: {:.2} of the text", size / text as f64);
        });
    }
}
