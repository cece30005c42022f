//! Tracks that say the place for every moment of a film: GoPro's, Google's, Sony's and DJI's, and of Apple's and Android's
//! those that name it (`mebx`, `mett`). They stay, with nothing in their samples; the tables beside say where these are
//! (ISO/IEC 14496-12, 8.7). The tables are read piece by piece: they are as long as the film.

use super::blanks::Blanks;
use super::boxes::{Boxed, Walk};
use std::io::{self, Read, Seek};

/// Tracks of places and movements, by the name of their samples.
const OF_PLACES: [&[u8; 4]; 5] = [b"gpmd", b"camm", b"rtmd", b"djmd", b"dbgi"];
/// Tracks of anything, which say of what.
const OF_ANYTHING: [&[u8; 4]; 4] = [b"mebx", b"mett", b"metx", b"urim"];
/// What a track of places has in what it says.
const WORDS: [&[u8]; 4] = [b"location", b"gps", b"gpx", b"nmea"];
/// Bytes of a table that are read at once.
const WINDOW: u64 = 64 << 10;

/// A list of numbers in the file.
struct Table {
    /// Where it begins and ends.
    place: std::ops::Range<u64>,
    /// Of a number, bytes.
    width: u64,
    window: Vec<u8>,
    window_at: u64,
}

/// How large samples are.
struct Sizes {
    /// All of them, unless zero.
    same: u64,
    count: u64,
    each: Table,
    /// Two to a byte.
    are_halves: bool,
}

/// Where the samples of a track are.
#[derive(Default)]
struct Samples {
    is_of_places: bool,
    sizes: Option<Sizes>,
    /// For runs of chunks: the first one, the samples of each, and what they are.
    runs: Option<Table>,
    chunks: Option<Table>,
}

impl Table {
    fn new(start: u64, end: u64, width: u64) -> Self {
        Self { place: start.min(end)..end, width, window: Vec::new(), window_at: start }
    }

    /// The number at `index`; none behind the end.
    fn get(&mut self, walk: &mut Walk<'_, impl Read + Seek>, index: u64) -> io::Result<Option<u64>> {
        let at = self.place.start.saturating_add(index.saturating_mul(self.width));
        let end = at.saturating_add(self.width);
        if end > self.place.end {
            return Ok(None);
        }
        if at < self.window_at || end > self.window_at + self.window.len() as u64 {
            self.window = walk.read(at..at.saturating_add(WINDOW).min(self.place.end))?;
            self.window_at = at;
        }
        let from = (at - self.window_at) as usize;
        let bytes = self.window.get(from..from + self.width as usize);
        Ok(bytes.map(|bytes| bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))))
    }
}

impl Sizes {
    fn get(&mut self, walk: &mut Walk<'_, impl Read + Seek>, sample: u64) -> io::Result<Option<u64>> {
        if self.same > 0 {
            return Ok(Some(self.same));
        }
        if !self.are_halves {
            return self.each.get(walk, sample);
        }
        let both = self.each.get(walk, sample / 2)?;
        Ok(both.map(|both| if sample.is_multiple_of(2) { both >> 4 } else { both & 15 }))
    }
}

/// In the media of a track (`mdia`).
pub fn find(walk: &mut Walk<'_, impl Read + Seek>, media: Boxed, found: &mut Blanks) -> io::Result<()> {
    let mut at = media.start;
    while let Some(one) = walk.next(at, media.end)? {
        match (&media.name, &one.name) {
            (b"mdia", b"minf") => find(walk, one, found)?,
            (b"minf", b"stbl") => {
                let samples = samples(walk, one)?;
                if samples.is_of_places {
                    empty(walk, samples, found)?;
                }
            }
            _ => {}
        }
        at = one.end;
    }
    Ok(())
}

fn samples(walk: &mut Walk<'_, impl Read + Seek>, tables: Boxed) -> io::Result<Samples> {
    let mut samples = Samples::default();
    let mut at = tables.start;
    while let Some(one) = walk.next(at, tables.end)? {
        let (start, end) = (one.start, one.end);
        // A version, flags, and what there is.
        let head = walk.read(start..start.saturating_add(12).min(end))?;
        let number = |at: usize| head.get(at..at + 4).map_or(0, |n| n.iter().fold(0, |n, b| n << 8 | u64::from(*b)));
        match &one.name {
            b"stsd" => samples.is_of_places = are_of_places(&walk.read(start + 8..end)?),
            b"stsz" => {
                let each = Table::new(start + 12, end, 4);
                samples.sizes = Some(Sizes { same: number(4), count: number(8), each, are_halves: false });
            }
            b"stz2" => {
                let bits = number(4) & 0xff;
                let each = Table::new(start + 12, end, (bits / 8).max(1));
                samples.sizes = Some(Sizes { same: 0, count: number(8), each, are_halves: bits == 4 });
            }
            b"stsc" => samples.runs = Some(Table::new(start + 8, end, 4)),
            b"stco" => samples.chunks = Some(Table::new(start + 8, end, 4)),
            b"co64" => samples.chunks = Some(Table::new(start + 8, end, 8)),
            _ => {}
        }
        at = end;
    }
    Ok(samples)
}

/// Whether samples of these descriptions say places.
fn are_of_places(descriptions: &[u8]) -> bool {
    let mut rest = descriptions;
    while let Some((size, name)) = rest.split_first_chunk::<4>() {
        let Some(name) = name.first_chunk::<4>() else { break };
        let size = (u32::from_be_bytes(*size) as usize).min(rest.len());
        let Some(said) = rest.get(8..size) else { break };
        if OF_PLACES.contains(&name) || (OF_ANYTHING.contains(&name) && may_be_places(name, said)) {
            return true;
        }
        rest = &rest[size..];
    }
    false
}

fn may_be_places(name: &[u8; 4], said: &[u8]) -> bool {
    let said = said.to_ascii_lowercase();
    let has = |word: &[u8]| said.windows(word.len()).any(|w| w == word);
    // Apple's say it by keys, or it is not known.
    WORDS.iter().any(|word| has(word)) || (name == b"mebx" && !has(b"keys"))
}

/// Empty the samples, chunk by chunk.
fn empty(walk: &mut Walk<'_, impl Read + Seek>, samples: Samples, found: &mut Blanks) -> io::Result<()> {
    let (Some(mut sizes), Some(mut runs), Some(mut chunks)) = (samples.sizes, samples.runs, samples.chunks) else {
        return Ok(());
    };
    let (mut sample, mut run) = (0, 0);
    for chunk in 0.. {
        let Some(start) = chunks.get(walk, chunk)?.filter(|_| sample < sizes.count && walk.spend()) else { break };
        while runs.get(walk, (run + 1) * 3)?.is_some_and(|first| first <= chunk + 1) && walk.spend() {
            run += 1;
        }
        let Some(there) = runs.get(walk, run * 3 + 1)? else { break };
        let last = sample.saturating_add(there).min(sizes.count);
        let mut length: u64 = 0;
        if sizes.same > 0 {
            length = sizes.same.saturating_mul(last - sample);
            sample = last;
        }
        while sample < last && walk.spend() {
            length = length.saturating_add(sizes.get(walk, sample)?.unwrap_or(0));
            sample += 1;
        }
        found.zeros(start..start.saturating_add(length));
    }
    Ok(())
}
