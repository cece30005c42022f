//! Files: the library that editors keep, and what websites are given of it.
//!
//! The bytes are kept under their hash, once however many files have them; rows say what each file is. Bytes come
//! before their row, and go after it: [`keep`] and [`sweep`] agree under one lock about who still needs them.

mod address;
mod asked;
mod bulk;
mod carry;
mod delivered;
mod edit;
mod filters;
mod folders;
mod keep;
mod list;
mod nameable;
mod pieces;
mod rights;
mod serve;
mod sweep;
mod texts;
mod trash;
mod upload;
mod usage;
mod variants;
mod view;

pub use asked::{Asked, parse as asked};
pub use bulk::{Bulk, bulk};
pub use carry::{bring, take_out};
pub use edit::{Details, edit, get, get_numbered};
pub use folders::{FolderView, create_folder, delete_folder, folder_at, folders, update_folder};
pub use list::{Listing, list, listing_of};
pub use masthead_media::Spooled;
pub use masthead_store::assets::Asset;
pub use masthead_store::uploads::Upload;
pub use pieces::{begin as begin_upload, cancel as cancel_upload, look as look_at_upload, receive};
pub use serve::{Answer, Request, bytes_of, open, signed_address};
pub use serve::{File, Noted};
pub use sweep::{Swept, sweep};
pub use trash::{delete, restore, trash};
pub use upload::{NewFile, add, expect_may_add, replace, spool, take_back};
pub use usage::{Usage, UsedBy, usage};
pub use view::{is_format_name, opened, shown};

pub(crate) use delivered::{Delivering, Files, addresses, sees};
pub(crate) use nameable::nameable;
pub(crate) use rights::Reach;

use crate::Core;
use masthead_media::{Blobs, Limits, Spool, Workshop};
use quick_cache::sync::Cache;
use std::path::PathBuf;
use std::sync::Arc;

/// Where files are kept, and what they may be.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// None keeps them in memory, for tests.
    pub blobs: Option<Blobs>,
    /// Folder for files on their way in; should be on the disk that they are kept on.
    pub spool: PathBuf,
    /// Largest file, bytes.
    pub max_bytes: u64,
    /// Of pictures.
    pub limits: Limits,
    /// Kinds that are taken: `image`, `video`, `audio`, `file`.
    pub kinds: Vec<String>,
    /// Widths that anybody may ask for, ascending.
    pub widths: Vec<u32>,
    /// Further ready-made pictures of every file: name, and what is asked for.
    pub formats: Vec<(String, Asked)>,
    /// What addresses of files begin with; empty for addresses relative to the site.
    pub base_url: String,
    /// Whether the place where a photograph was taken stays in its file.
    pub keep_location: bool,
}

/// What Next.js (16, 14 and before) and Astro (5) ask for by default, and the ready-made sizes.
const WIDTHS: [u32; 27] = [
    16, 32, 48, 64, 96, 128, 245, 256, 384, 500, 640, 750, 828, 960, 1000, 1080, 1200, 1280, 1668, 1920, 2048, 2560,
    3200, 3840, 4480, 5120, 6016,
];

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            blobs: None,
            spool: std::env::temp_dir().join("masthead-uploads"),
            max_bytes: 10 << 30,
            limits: Limits::default(),
            kinds: masthead_media::Kind::ALL.iter().map(|kind| kind.word().to_owned()).collect(),
            widths: WIDTHS.to_vec(),
            formats: Vec::new(),
            base_url: String::new(),
            keep_location: false,
        }
    }
}

/// What the domain keeps at hand for files.
pub(crate) struct Library {
    pub blobs: Blobs,
    pub spool: Spool,
    /// Where pictures are made of pictures.
    pub workshop: Workshop,
    /// Where pictures that come in are looked at: nobody's upload waits behind what websites ask for.
    pub intake: Workshop,
    /// Rows that were asked for lately, with what they depend on.
    pub rows: Cache<String, (Arc<Asset>, serve::Noted)>,
    /// Small pictures that were asked for lately, and the turns of those who make one.
    pub pictures: Cache<String, bytes::Bytes, variants::ByBytes>,
}

impl Library {
    pub fn new(settings: &MediaSettings) -> Self {
        Self {
            blobs: settings.blobs.clone().unwrap_or_else(Blobs::memory),
            spool: Spool::new(settings.spool.clone()),
            workshop: Workshop::for_this_machine(),
            intake: Workshop::new(1, 1024),
            rows: Cache::new(2000),
            pictures: Cache::with_weighter(1000, 32 << 20, variants::ByBytes),
        }
    }
}

/// Key of the object with these bytes.
pub(crate) fn blob_key(hash: &str) -> String {
    format!("blobs/{}/{hash}", hash.get(..2).unwrap_or(hash))
}

/// Folder of the pictures made from these bytes.
pub(crate) fn variant_folder(hash: &str) -> String {
    format!("variants/{}/{hash}", hash.get(..2).unwrap_or(hash))
}

/// An event about a file. Live when what is delivered may change with it.
pub(crate) fn media_event(
    kind: &str,
    asset: &Asset,
    caller: &crate::Caller,
    live: bool,
) -> masthead_store::events::NewEvent {
    masthead_store::events::NewEvent {
        kind: format!("media.{kind}"),
        type_id: Some(crate::access::FILES.to_owned()),
        document_id: Some(asset.id.clone()),
        actor: caller.actor(),
        live,
        ..masthead_store::events::NewEvent::default()
    }
}

/// The settings of files.
pub(crate) fn settings(core: &Core) -> &MediaSettings {
    &core.settings().media
}
