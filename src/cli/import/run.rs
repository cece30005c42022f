//! The loop of every import: one thread reads and parses ahead, this one hands batches to the domain.

use super::Options;
use super::media::Carrier;
use super::report::Report;
use super::source::{self, Source};
use crate::cli::context::{Context, OPERATOR};
use crate::cli::failure::{DONE, FAILED, Failure, Outcome};
use indicatif::ProgressBar;
use masthead_core::content::{self, ImportOptions, Record};
use masthead_core::{Core, Snapshot};
use masthead_model::{FieldType, Kind, Type};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Records of one transaction.
const BATCH: usize = 200;
/// Bytes of text of one transaction; a record may be larger alone.
const BATCH_BYTES: usize = 8 << 20;

/// The type that is imported into, in the model as it is.
pub struct Target {
    pub snapshot: Arc<Snapshot>,
    pub ty: Arc<Type>,
}

/// One record of a file, or why it is none.
pub struct Line {
    pub number: u64,
    /// Bytes of its text.
    pub size: usize,
    pub record: Result<Record, String>,
}

/// A file as records.
pub trait Records {
    /// The next one; none at the end.
    fn next(&mut self) -> io::Result<Option<Line>>;
}

#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    bad: Vec<(u64, String)>,
    bytes: usize,
}

/// Makes records of a file's bytes.
pub type Form = fn(Source, &Target) -> Result<Box<dyn Records>, Failure>;

pub fn run(context: &Context, options: &Options, form: Form) -> Outcome {
    let core = context.create()?;
    let target = target(&core, options)?;
    let aim = Target { snapshot: target.snapshot.clone(), ty: target.ty.clone() };
    let (source, bar) = source::open(&options.file)?;
    let (sender, batches) = sync_channel(2);
    let reader = std::thread::spawn(move || match form(source, &target) {
        Ok(records) => read(records, &sender),
        // Nobody listens any more: then nobody wants to know.
        Err(failure) => drop(sender.send(Err(failure))),
    });
    let outcome = import(context, &core, &aim, options, &batches, &bar);
    // The reader stops at its next batch, when nobody takes it.
    drop(batches);
    let report = outcome?;
    bar.finish_and_clear();
    if reader.join().is_err() {
        return Err(Failure::new("reading stopped unexpectedly"));
    }
    report.show(options.json)?;
    Ok(if report.failed > 0 { FAILED } else { DONE })
}

fn target(core: &Core, options: &Options) -> Result<Target, Failure> {
    let snapshot = core.read_blocking(|_, snapshot| Ok(snapshot.clone()))?;
    let found = snapshot.model.find(&options.type_word).filter(|t| t.def.kind != Kind::Component).cloned();
    let Some(ty) = found else {
        let types = snapshot.model.types().filter(|t| t.def.kind != Kind::Component);
        let known: Vec<&str> = types.map(|t| t.def.singular.as_str()).collect();
        let failure = Failure::new(format!("there is no content type '{}'", options.type_word));
        return Err(match known.as_slice() {
            [] => failure.next("`masthead schema push DIR --apply` first"),
            known => failure.next(format!("--type with one of {}", known.join(", "))),
        });
    };
    if let Some(key) = &options.key {
        let usable = |f: &&masthead_model::Field| f.unique || f.kind == FieldType::Slug;
        if ty.field_named(key).filter(usable).is_none() {
            let known: Vec<&str> = ty.def.fields.iter().filter(usable).map(|f| f.name.as_str()).collect();
            let failure = Failure::new(format!("'{key}' is no unique field or slug of {}", ty.def.singular));
            return Err(match known.as_slice() {
                [] => failure.next("leaving --key out, or making a field unique"),
                known => failure.next(format!("--key with one of {}", known.join(", "))),
            });
        }
    }
    Ok(Target { snapshot, ty })
}

/// Read batches ahead until the end, an error, or until nobody takes them.
fn read(mut records: Box<dyn Records>, sender: &SyncSender<Result<Batch, Failure>>) {
    let mut batch = Batch::default();
    loop {
        match records.next() {
            Ok(Some(line)) => {
                batch.bytes += line.size;
                match line.record {
                    Ok(record) => batch.records.push(record),
                    Err(reason) => batch.bad.push((line.number, reason)),
                }
                let full = batch.records.len() + batch.bad.len() >= BATCH || batch.bytes >= BATCH_BYTES;
                if full && sender.send(Ok(std::mem::take(&mut batch))).is_err() {
                    return;
                }
            }
            // What was read before the end, or before the error, counts.
            Ok(None) => return drop(sender.send(Ok(batch))),
            Err(error) => {
                if sender.send(Ok(batch)).is_ok() {
                    drop(sender.send(Err(Failure::io("the file cannot be read on", &error))));
                }
                return;
            }
        }
    }
}

fn import(
    context: &Context,
    core: &Core,
    target: &Target,
    options: &Options,
    batches: &Receiver<Result<Batch, Failure>>,
    bar: &ProgressBar,
) -> Result<Report, Failure> {
    let how = ImportOptions { key: options.key.clone(), publish: options.publish, dry_run: options.dry_run };
    let folder = options.file.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let (model, ty) = (&target.snapshot.model, &target.ty);
    let known = std::collections::HashMap::new();
    let mut carrier = Carrier { context, core, model, folder, dry_run: options.dry_run, known };
    let mut report = Report { dry_run: options.dry_run, ..Report::default() };
    for batch in batches {
        let batch = match batch {
            Ok(batch) => batch,
            Err(failure) => {
                // What came before is in; say so, then why it stopped.
                bar.finish_and_clear();
                if report.created + report.updated + report.unchanged + report.failed > 0 {
                    report.show(options.json)?;
                }
                return Err(failure);
            }
        };
        let mut bad = batch.bad;
        let mut records = Vec::with_capacity(batch.records.len());
        for mut record in batch.records {
            match carrier.carry(ty, &mut record.values) {
                Ok(()) => records.push(record),
                Err(reason) => bad.push((record.line, reason)),
            }
        }
        if !records.is_empty() {
            let imported = content::import_batch(core, &OPERATOR, &options.type_word, &how, records);
            bad.extend(context.wait(imported)?.into_iter().filter_map(|line| report.count(line)));
        }
        bad.sort();
        for (number, reason) in bad {
            report.failed(number, reason, bar);
        }
        bar.set_message(format!("{} documents", report.created + report.updated + report.unchanged));
    }
    if !options.dry_run {
        report.waits = content::waiting(core, &OPERATOR)?;
        report.waiting = report.waits.len();
    }
    Ok(report)
}
