//! Files that come in.

use super::edit::{Details, checked};
use super::keep::keep;
use super::rights::{expect, expect_with, unknown};
use super::settings;
use crate::{Caller, Core, Error, Result};
use masthead_media::{Facts, Filling, Spooled, file_name, inspect, is_picture, kind_of, sniff, without_location};
use masthead_model::Action;
use masthead_model::ids::{DocumentId, is_document_id};
use masthead_store::assets::{self, Asset};
use masthead_store::{Tx, now_micros};

/// What is looked at to know what a file is.
const HEAD: usize = 64 << 10;

/// What is said about a file that comes in.
#[derive(Clone, Debug, Default)]
pub struct NewFile {
    /// The id that it has elsewhere; only an operator says so.
    pub id: Option<String>,
    /// As the client named it; made safe here.
    pub name: String,
    pub details: Details,
}

/// Refuse unless the caller may bring files. To be asked before the first byte is read.
pub async fn expect_may_add(core: &Core, caller: &Caller) -> Result<()> {
    let caller = caller.clone();
    core.read(move |_, snapshot| expect(&caller, snapshot, Action::Create).map(drop)).await
}

/// Begin to write down a file that comes in. No more than the largest file is to be written to it.
pub async fn spool(core: &Core) -> Result<Filling> {
    Ok(core.library().spool.begin().await?)
}

/// What is known of a file's content.
#[derive(Clone)]
struct Known {
    mime: String,
    facts: Option<Facts>,
    /// Width and height.
    size: Option<(u32, u32)>,
    name: String,
}

/// Look at the bytes: what they are, whether they may come in, and without the place where they were taken.
async fn known(core: &Core, file: Spooled, name: &str) -> Result<(Spooled, Known)> {
    let set = settings(core);
    if file.size > set.max_bytes {
        return Err(Error::TooLarge(format!("a file has at most {} bytes", set.max_bytes)));
    }
    if file.size == 0 {
        return Err(Error::invalid("/files", "empty", "the file is empty"));
    }
    let name = file_name(name);
    let (file, head) = crate::aside(move || {
        let head = file.head(HEAD)?;
        Ok((file, head))
    })
    .await?;
    let mime = sniff(&head, &name);
    let kind = kind_of(&mime).word();
    if !set.kinds.iter().any(|known| known == kind) {
        return Err(Error::invalid("/files", "wrong_kind", format!("files of the kind '{kind}' are not taken here")));
    }
    if !is_picture(&mime) {
        let size = masthead_media::size_shown(&head, &mime);
        if set.keep_location {
            return Ok((file, Known { mime, facts: None, size, name }));
        }
        let looked = crate::aside(move || {
            let mut file = file;
            file.forget_location(&mime)?;
            Ok((file, mime))
        });
        let (file, mime) = looked.await?;
        return Ok((file, Known { mime, facts: None, size, name }));
    }
    let limits = set.limits;
    if file.size > limits.bytes {
        return Err(Error::TooLarge(format!("a picture has at most {} MB", limits.bytes >> 20)));
    }
    // The header alone, first: it says how much memory the picture takes. Read when its turn has come, both times, so
    // that those who wait hold nothing.
    let intake = &core.library().intake;
    let picture = mime.clone();
    let measured = intake.run(file.size * 2, move || {
        let size = masthead_media::size_of(&file.read()?, &picture, &limits)?;
        Ok((file, size))
    });
    let (file, (width, height)) = measured.await?;
    let memory = file.size * 2 + u64::from(width) * u64::from(height) * 8;
    let (picture, strip) = (mime.clone(), !set.keep_location);
    let worked = intake.run(memory, move || {
        let mut file = file;
        let bytes = file.read()?;
        let facts = inspect(&bytes, &picture, &limits)?;
        if strip && let Some(clean) = without_location(&bytes, &picture) {
            file.overwrite(&clean)?;
        }
        Ok((file, facts))
    });
    let (file, facts) = worked.await?;
    let size = Some((facts.width, facts.height));
    Ok((file, Known { mime, facts: Some(facts), size, name }))
}

impl Known {
    fn put_into(&self, asset: &mut Asset, hash: &str, size: u64) {
        asset.hash = hash.to_owned();
        asset.mime = self.mime.clone();
        asset.size = i64::try_from(size).unwrap_or(i64::MAX);
        asset.width = self.size.map(|size| size.0.into());
        asset.height = self.size.map(|size| size.1.into());
        asset.animated = self.facts.as_ref().is_some_and(|f| f.animated);
        asset.color = self.facts.as_ref().map(|f| f.color.clone());
        asset.placeholder = self.facts.as_ref().map(|f| f.placeholder.clone());
    }
}

fn generated() -> String {
    DocumentId::generate().to_string()
}

/// Keep a file that came in. The answer is its row.
pub async fn add(core: &Core, caller: &Caller, file: Spooled, new: NewFile) -> Result<Asset> {
    add_and(core, caller, file, new, |_, _| Ok(())).await
}

/// Remove files that were just added: what they came for was refused, and nobody was told of them.
pub async fn take_back(core: &Core, files: &[Asset]) {
    for file in files {
        let gone = match super::trash(core, &Caller::Operator, &file.id, true).await {
            Ok(_) => super::delete(core, &Caller::Operator, &file.id).await,
            Err(error) => Err(error),
        };
        if let Err(error) = gone {
            tracing::warn!(%error, file = file.id, "a file of a refused upload could not be removed");
        }
    }
}

/// The same, with what else belongs into the transaction of its row.
pub(super) async fn add_and(
    core: &Core,
    caller: &Caller,
    file: Spooled,
    new: NewFile,
    also: impl Fn(&mut Tx<'_>, &Asset) -> Result<()> + Clone + Send + 'static,
) -> Result<Asset> {
    let asker = caller.clone();
    core.read(move |_, snapshot| expect(&asker, snapshot, Action::Create).map(drop)).await?;
    let (file, known) = known(core, file, &new.name).await?;
    let owner = caller.actor();
    let now = now_micros();
    let mut asset = Asset {
        id: new.id.filter(|id| *caller == Caller::Operator && is_document_id(id)).unwrap_or_else(generated),
        name: known.name.clone(),
        texts: "{}".to_owned(),
        tags: "[]".to_owned(),
        created_at: now,
        created_by: owner.clone(),
        updated_at: now,
        updated_by: owner,
        ..Asset::default()
    };
    known.put_into(&mut asset, &file.hash, file.size);
    let details = new.details;
    let asset = core.read(move |conn, snapshot| checked(conn, snapshot, asset, &details)).await?;
    keep(core, caller, &file, "created", move |tx| {
        let key = assets::insert(tx, &asset)?;
        also(tx, &asset)?;
        Ok(Asset { key, ..asset.clone() })
    })
    .await
}

/// Give a file other bytes; it stays the same file everywhere it is shown.
pub async fn replace(core: &Core, caller: &Caller, id: &str, file: Spooled, new: NewFile) -> Result<Asset> {
    let (asker, id) = (caller.clone(), id.to_owned());
    let known_id = id.clone();
    core.read(move |conn, snapshot| {
        let asset = assets::by_id(conn, &known_id)?.ok_or_else(|| unknown(&known_id))?;
        expect_with(&asker, snapshot, Action::Update, &asset)
    })
    .await?;
    let (file, known) = known(core, file, &new.name).await?;
    let (owner, hash, size) = (caller.actor(), file.hash.clone(), file.size);
    let snapshot = core.read(|_, snapshot| Ok(snapshot.clone())).await?;
    keep(core, caller, &file, "replaced", move |tx| {
        let mut asset = assets::locked(tx, &id)?.ok_or_else(|| unknown(&id))?;
        if masthead_media::kind_of(&asset.mime) != kind_of(&known.mime) {
            let message = format!("this is another kind of file ({} instead of {})", known.mime, asset.mime);
            return Err(Error::invalid("/files", "wrong_kind", message));
        }
        known.put_into(&mut asset, &hash, size);
        asset.name = known.name.clone();
        let mut asset = checked(tx, &snapshot, asset, &new.details)?;
        (asset.updated_at, asset.updated_by) = (now_micros(), owner.clone());
        assets::update(tx, &asset)?;
        Ok(asset)
    })
    .await
}
