//! `masthead export`.

use super::context::{Context, OPERATOR};
use super::failure::{DONE, Failure, Outcome};
use super::import::media::MANIFEST;
use super::out;
use clap::{Args, Subcommand};
use masthead_core::{Error, content, media};
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
    /// Write all files into a folder, with `media.ndjson`, as `import media` reads them
    Media(MediaOut),
}

#[derive(Args)]
struct MediaOut {
    /// Folder to write, which must be empty or not there
    folder: PathBuf,
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
    let core = context.open()?;
    let args = match &args.form {
        Form::Ndjson(args) => args,
        Form::Media(args) => return media_out(context, &core, &args.folder),
    };
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

/// All files that are not in the trash: bytes, and a line each about them.
fn media_out(context: &Context, core: &masthead_core::Core, folder: &Path) -> Outcome {
    let failed = |e: std::io::Error| Failure::io(folder.display(), &e);
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(Failure::new(format!("{} is not empty", folder.display())).next("another folder"));
    }
    let mut manifest = BufWriter::new(File::create_new(folder.join(MANIFEST)).map_err(failed)?);
    let mut count = 0;
    let folders = context.wait(media::folders(core, &OPERATOR))?;
    for page in 1.. {
        let wanted =
            media::listing_of(core, &format!("sort=createdAt:asc&pagination[pageSize]=50&pagination[page]={page}"))?;
        let listing = context.wait(media::list(core, &OPERATOR, wanted))?;
        if listing.files.is_empty() {
            break;
        }
        let views = context.wait(media::opened(core, &listing.files))?;
        for (asset, view) in listing.files.iter().zip(views) {
            let name = format!("{}-{}", asset.id, asset.name);
            context.wait(media::take_out(core, &OPERATOR, asset, &folder.join(&name)))?;
            let kept =
                ["documentId", "name", "texts", "focalPoint", "tags", "private"].map(|key| (key, view[key].clone()));
            let mut line: serde_json::Map<String, serde_json::Value> =
                kept.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            line.insert("path".to_owned(), name.into());
            if let Some(folder) = folders.iter().find(|f| view["folder"] == f.id.as_str()) {
                line.insert("folder".to_owned(), folder.path.as_str().into());
            }
            writeln!(manifest, "{}", serde_json::Value::Object(line)).map_err(failed)?;
            count += 1;
        }
    }
    manifest.into_inner().map_err(|e| failed(e.into_error()))?.sync_all().map_err(failed)?;
    out::note(&format!("{count} files"));
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
