//! All pictures below the folder of real content, as another decoder reads them: `tests/fixtures/images-reference.py`.

use super::client::{fetch, token, upload};
use crate::process::Site;
use crate::real_content::{data, json_file};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const GRID: f64 = 4.0;
/// Widths that everybody may ask for, and formats.
const WIDTHS: [u32; 3] = [48, 128, 640];
const FORMATS: [&str; 2] = ["webp", "jpeg"];

/// Everything below `folder` that looks like a picture.
fn pictures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if path.is_dir() {
            pictures(&path, found);
        } else if ["jpg", "jpeg", "png", "gif", "webp", "bmp", "tiff", "ico", "avif", "svg"].contains(&ending.as_str())
        {
            found.push(path);
        }
    }
}

/// Mean colours of a grid, over white. A pixel on a border counts as far as it lies in each cell.
fn grid(image: &image::RgbaImage) -> Vec<[f64; 3]> {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let share = |at: u32, cell: u32, length: f64| {
        let (from, to) = (f64::from(cell) * length / GRID, f64::from(cell + 1) * length / GRID);
        (f64::from(at + 1).min(to) - f64::from(at).max(from)).max(0.0)
    };
    let mut cells = Vec::new();
    for (row, column) in (0..GRID as u32).flat_map(|row| (0..GRID as u32).map(move |column| (row, column))) {
        let (mut sums, mut area) = ([0.0; 3], 0.0);
        for (x, y, pixel) in image.enumerate_pixels() {
            let weight = share(x, column, width) * share(y, row, height);
            let [r, g, b, a] = pixel.0.map(f64::from);
            for (sum, c) in sums.iter_mut().zip([r, g, b]) {
                *sum += weight * (c * a / 255.0 + 255.0 - a);
            }
            area += weight;
        }
        cells.push(sums.map(|sum| sum / area));
    }
    cells
}

/// How far the mean colours lie apart: on average, and where it is most.
fn difference(ours: &[[f64; 3]], theirs: &Value) -> (f64, f64) {
    let theirs = theirs.as_array().unwrap().iter().flat_map(|cell| cell.as_array().unwrap());
    let pairs = ours.iter().flatten().zip(theirs.map(|c| c.as_f64().unwrap()));
    let apart: Vec<f64> = pairs.map(|(a, b)| (a - b).abs()).collect();
    (apart.iter().sum::<f64>() / apart.len() as f64, apart.iter().fold(0.0, |m, a| m.max(*a)))
}

#[test]
fn every_picture_comes_out_as_another_decoder_reads_it() {
    let Some(data) = data() else { return };
    let known: BTreeMap<String, Value> = serde_json::from_value(json_file(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/images-reference.json"),
    ))
    .unwrap();
    let mut all = Vec::new();
    pictures(&data, &mut all);
    let site = Site::fresh(crate::app::On::Sqlite).unwrap();
    let admin = token(&site, "admin");
    let server = site.serve();
    let (mut compared, mut wrong) = (0, Vec::new());
    for path in all {
        let name = path.strip_prefix(&data).unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        if let Some(Value::Null) = known.get(name) {
            let parts = [super::client::Part("files", Some("broken"), &bytes)];
            let refused = super::client::form(&format!("{}/api/upload", server.url), Some(&admin), &parts);
            assert_eq!(refused.status, 400, "{name} is broken");
            continue;
        }
        let file = upload(&server, &admin, path.file_name().unwrap().to_str().unwrap(), &bytes);
        let url = format!("{}{}", server.url, file["url"].as_str().unwrap());
        let Some(reference) = known.get(name) else {
            // No pictures are made of these: they are delivered as they are, whatever is asked for.
            assert!(name.ends_with(".avif") || name.ends_with(".svg"), "{name} is not in the reference");
            assert!(fetch(&format!("{url}?w=48&format=webp"), &[]).ok().bytes == bytes, "{name}");
            let size = if name.contains("hopper") { 128 } else { 64 };
            assert!(file["mime"] == "image/svg+xml" || (file["width"] == size && file["height"] == size), "{file}");
            continue;
        };
        assert_eq!((&file["width"], &file["height"]), (&reference["size"][0], &reference["size"][1]), "{name}");
        let (width, height) = (file["width"].as_u64().unwrap() as u32, file["height"].as_u64().unwrap() as u32);
        if reference["moves"] == true {
            assert!(fetch(&format!("{url}?w=48"), &[]).ok().bytes == bytes, "{name} moves, and passes unchanged");
        }
        for wanted in WIDTHS {
            for format in FORMATS {
                let got = fetch(&format!("{url}?w={wanted}&format={format}&q=90"), &[]).ok();
                assert_eq!(got.header("content-type"), format!("image/{format}"), "{name}");
                let picture = image::load_from_memory(&got.bytes).unwrap().into_rgba8();
                let across = wanted.min(width);
                let down = (f64::from(height) * f64::from(across) / f64::from(width)).round().max(1.0);
                assert_eq!(picture.width(), across, "{name}");
                assert!((f64::from(picture.height()) - down).abs() <= 1.0, "{name}: {down}, not {}", picture.height());
                let (mean, most) = difference(&grid(&picture), &reference["grid"]);
                compared += 1;
                // A few pixels of bright colours lose more where colour has half the resolution.
                let (mean_allowed, most_allowed) = if across < 100 { (7.0, 32.0) } else { (3.0, 13.0) };
                if mean > mean_allowed || most > most_allowed {
                    wrong.push(format!("{name} at {wanted} as {format}: {mean:.1}, at most {most:.1}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 40 * WIDTHS.len() * FORMATS.len(), "{compared} were compared");
}
