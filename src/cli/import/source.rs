//! The bytes of an import: a file or standard input, packed or not, with a mark before the text or not.

use crate::cli::failure::Failure;
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The longest line or record, in bytes.
pub const LONGEST: u64 = 32 << 20;

/// What is read from, in another thread.
pub type Source = Box<dyn BufRead + Send>;

/// Open `path`; `-` is standard input. The bar shows how much of the file was read.
pub fn open(path: &Path) -> Result<(Source, ProgressBar), Failure> {
    if path.as_os_str() == "-" {
        let bar = ProgressBar::no_length().with_style(style("{spinner} {bytes} {msg}"));
        return Ok((decoded(bar.wrap_read(std::io::stdin()), path)?, bar));
    }
    let failed = |e: std::io::Error| Failure::io(path.display(), &e);
    let file = File::open(path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    if meta.is_dir() {
        return Err(Failure::new(format!("{} is a folder", path.display())));
    }
    let bar = ProgressBar::new(meta.len()).with_style(style("{wide_bar} {bytes}/{total_bytes} {eta} {msg}"));
    Ok((decoded(bar.wrap_read(file), path)?, bar))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Unpacked, and without the mark of UTF-8. Recognised by its first bytes: standard input has no name.
fn decoded(raw: impl Read + Send + 'static, path: &Path) -> Result<Source, Failure> {
    let failed = |e: std::io::Error| Failure::io(path.display(), &e);
    let raw = peeked(raw).map_err(failed)?;
    let mut source: Source = if raw.get_ref().0.get_ref().starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(raw)))
    } else {
        Box::new(raw)
    };
    if source.fill_buf().map_err(failed)?.starts_with(b"\xef\xbb\xbf") {
        source.consume(3);
    }
    Ok(source)
}

const BUFFER: usize = 1 << 18;

type Peeked<R> = BufReader<ChainOf<R>>;

/// The first bytes, then the rest.
struct ChainOf<R>(std::io::Cursor<Vec<u8>>, R);

impl<R: Read> Read for ChainOf<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buf)? {
            0 => self.1.read(buf),
            n => Ok(n),
        }
    }
}

/// A pipe may give less than was asked for: the first bytes are read until they are enough.
fn peeked<R: Read>(mut raw: R) -> std::io::Result<Peeked<R>> {
    let mut first = Vec::new();
    raw.by_ref().take(3).read_to_end(&mut first)?;
    Ok(BufReader::with_capacity(BUFFER, ChainOf(std::io::Cursor::new(first), raw)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn text(bytes: &[u8]) -> String {
        let mut text = String::new();
        let bytes = bytes.to_vec();
        decoded(std::io::Cursor::new(bytes), Path::new("x")).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn packed_and_marked_text_is_read_as_text() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all("\u{feff}a\nb\n".as_bytes()).unwrap();
        assert_eq!(text(&packed.finish().unwrap()), "a\nb\n");
        assert_eq!(text("\u{feff}a".as_bytes()), "a");
        assert_eq!(text(b"a"), "a");
        assert_eq!(text(b""), "");
    }
}
