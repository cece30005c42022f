//! `masthead import`.

mod cells;
mod columns;
mod csv;
pub mod media;
mod ndjson;
mod report;
mod run;
mod source;

use super::context::Context;
use super::failure::Outcome;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Bring documents from a file
#[derive(Args)]
pub struct Import {
    #[command(subcommand)]
    form: Form,
}

#[derive(Subcommand)]
enum Form {
    /// Import one JSON object a line
    ///
    /// Keys are field names; documentId, createdAt, publishedAt, locale and status are kept when given. A relation is
    /// a documentId, or {"slug": "x"} with a unique field of its target; what does not exist yet is waited for, in
    /// this file or a later one. A media field is the id of a file, or a path to one beside this file:
    /// "photos/a.jpg" or {"path": "photos/a.jpg", "alternativeText": "…"}. A line that cannot be imported is reported and does not stop the rest.
    #[command(after_help = "\
Examples:
  masthead import ndjson articles.ndjson --type article --key slug --publish
  zcat backup.ndjson.gz | masthead import ndjson - --type article --dry-run")]
    Ndjson(Options),
    /// Import a table with field names in its first line
    ///
    /// `seo.title` is a field of a component, `author.slug` a relation by a unique field of its target. An empty cell
    /// is no value. Lists (tags, several choices or targets) are separated by `;`. Cells of blocks, repeatable
    /// components and json fields are JSON; so is rich text, or else Markdown; a point is `lat,lng`.
    #[command(after_help = "\
Examples:
  masthead import csv people.csv --type author --key email --publish
  masthead import csv people.csv --type author --dry-run")]
    Csv(Options),
    /// Import files from a folder that `masthead export media` wrote, under the ids that they had
    Media(media::Files),
}

#[derive(Args)]
pub struct Options {
    /// File to read, `-` for standard input; gzip is recognised
    file: PathBuf,
    /// Content type by singular, plural or id
    #[arg(long = "type", value_name = "TYPE")]
    type_word: String,
    /// Unique field or slug: a line whose value is there already updates that document
    #[arg(long, value_name = "FIELD")]
    key: Option<String>,
    /// Publish lines that do not say `status`
    #[arg(long)]
    publish: bool,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The report as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(context: &Context, args: &Import) -> Outcome {
    match &args.form {
        Form::Media(files) => media::run(context, files),
        Form::Ndjson(options) => run::run(context, options, |source, _| Ok(Box::new(ndjson::Lines::new(source)))),
        Form::Csv(options) => {
            run::run(context, options, |source, target| Ok(Box::new(csv::Rows::new(source, target)?)))
        }
    }
}
