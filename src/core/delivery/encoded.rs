//! An answer in compressed form: made when it is first asked for, and kept with the answer.
//!
//! gzip is made at once, Brotli for what is asked for a second time: it takes longer and is smaller.

use super::Delivered;
use crate::Core;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::OnceCell;

/// Smaller answers fit into a packet as they are, in bytes.
const SMALLEST: usize = 1 << 10;
/// Larger ones are compressed beside the threads that answer, in bytes.
const QUICK: usize = 16 << 10;
const GZIP_LEVEL: u32 = 6;
const BROTLI_QUALITY: i32 = 5;
const BROTLI_WINDOW: i32 = 20;

/// How an answer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    Br,
}

impl Coding {
    /// Its name in HTTP, and the end of the answer's tag.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Br => "br",
        }
    }
}

/// Which codings a client takes, the better one alone when it prefers that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codings {
    pub gzip: bool,
    pub br: bool,
}

/// The compressed forms of one answer.
#[derive(Debug, Default)]
pub struct Encoded {
    again: AtomicBool,
    gzip: OnceCell<Bytes>,
    br: OnceCell<Bytes>,
    /// Under which key the answer is kept, when it is.
    pub(super) key: OnceLock<String>,
}

impl Encoded {
    /// Bytes in memory.
    pub(super) fn size(&self) -> usize {
        let of = |cell: &OnceCell<Bytes>| cell.get().map_or(0, Bytes::len);
        of(&self.gzip) + of(&self.br) + self.key.get().map_or(0, String::len)
    }

    fn cell(&self, coding: Coding) -> &OnceCell<Bytes> {
        match coding {
            Coding::Gzip => &self.gzip,
            Coding::Br => &self.br,
        }
    }
}

/// The answer in one of the codings; none when it goes as it is.
pub async fn encoded(core: &Core, found: &Arc<Delivered>, takes: Codings) -> Option<(Coding, Bytes)> {
    if found.body.len() < SMALLEST {
        return None;
    }
    let coding = match takes {
        Codings { gzip: false, br: false } => return None,
        Codings { gzip: true, br: false } => Coding::Gzip,
        Codings { gzip: false, br: true } => Coding::Br,
        Codings { gzip: true, br: true } if found.encoded.br.initialized() => Coding::Br,
        // The second time it is worth it.
        Codings { gzip: true, br: true } if found.encoded.again.swap(true, Ordering::Relaxed) => Coding::Br,
        Codings { gzip: true, br: true } => Coding::Gzip,
    };
    let cell = found.encoded.cell(coding);
    if let Some(bytes) = cell.get() {
        return Some((coding, bytes.clone()));
    }
    let bytes = cell.get_or_try_init(|| compress(coding, found.body.clone())).await.ok()?.clone();
    core.cache().weigh_again(found);
    Some((coding, bytes))
}

/// Fails only when the process is stopping.
async fn compress(coding: Coding, body: Bytes) -> Result<Bytes, ()> {
    let quick = body.len() <= QUICK;
    let work = move || match coding {
        Coding::Gzip => gzip(&body),
        Coding::Br => brotli(&body),
    };
    let done = if quick { work() } else { tokio::task::spawn_blocking(work).await.map_err(|_| ())? };
    done.map(Bytes::from).map_err(|_| ())
}

fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::new(GZIP_LEVEL));
    encoder.write_all(body)?;
    encoder.finish()
}

fn brotli(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters =
        brotli::enc::BrotliEncoderParams { quality: BROTLI_QUALITY, lgwin: BROTLI_WINDOW, ..Default::default() };
    let mut out = Vec::with_capacity(body.len() / 4);
    brotli::BrotliCompress(&mut &body[..], &mut out, &parameters)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_compressed_is_the_same_again() {
        let body = "{\"data\":[{\"title\":\"On mastheads\"}]}".repeat(500).into_bytes();
        let mut back = Vec::new();
        let small = gzip(&body).unwrap();
        flate2::read::GzDecoder::new(&small[..]).read_to_end(&mut back).unwrap();
        assert!(back == body && small.len() < body.len() / 5);
        back.clear();
        let small = brotli(&body).unwrap();
        brotli::BrotliDecompress(&mut &small[..], &mut back).unwrap();
        assert!(back == body && small.len() < body.len() / 5);
    }
}
