//! `masthead export`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Failure, Outcome};
use super::out;
use clap::{Args, Subcommand};
use masthead_core::{Error, content};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Write documents to a file
#[derive(Args)]
pub struct Export {
    #[command(subcommand)]
    form: Form,
}

#[derive(Subcommand)]
enum Form {
    Ndjson(Ndjson),
}

/// Write all documents of a type, one JSON object a line, as `import ndjson` reads them
#[derive(Args)]
#[command(after_help = "\
Examples:
  masthead export ndjson --type article --out articles.ndjson
  masthead export ndjson --type article | gzip > articles.ndjson.gz")]
struct Ndjson {
    /// Content type by singular, plural or id
    #[arg(long = "type", value_name = "TYPE")]
    type_word: String,
    /// File to write, all or nothing; standard output if left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(context: &Context, args: &Export) -> Outcome {
    let Form::Ndjson(args) = &args.form;
    let core = context.open()?;
    match &args.out {
        Some(path) => to_file(path, |writer| write(&core, &args.type_word, writer)),
        None => write(&core, &args.type_word, &mut BufWriter::new(std::io::stdout().lock())),
    }
}

fn write(core: &masthead_core::Core, type_word: &str, writer: &mut dyn Write) -> Outcome {
    let mut unwritten = None;
    let exported = content::export(core, &OPERATOR, type_word, &mut |document| {
        let line = serde_json::to_vec(&document).map_err(|e| Error::Internal(e.to_string()))?;
        writer.write_all(&line).and_then(|()| writer.write_all(b"\n")).map_err(|e| {
            let told = Error::Internal(e.to_string());
            unwritten = Some(e);
            told
        })
    });
    if let Some(error) = unwritten {
        return Err(Failure::io("the export", &error));
    }
    let count = exported?;
    writer.flush().map_err(|e| Failure::io("the export", &e))?;
    out::note(&format!("{count} documents"));
    Ok(DONE)
}

/// Written beside and renamed: whoever finds the file finds all of it.
fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Outcome) -> Outcome {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let failed = |e: std::io::Error| Failure::io(path.display(), &e);
    let mut writer = BufWriter::new(File::create(&partial).map_err(failed)?);
    let written = write(&mut writer).and_then(|code| {
        let file = writer.into_inner().map_err(|e| failed(e.into_error()))?;
        file.sync_all().and_then(|()| std::fs::rename(&partial, path)).map_err(failed)?;
        Ok(code)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written
}
