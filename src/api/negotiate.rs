//! `Accept-Encoding`: which codings a client takes (RFC 9110, 12.5.3).

use masthead_core::delivery::Codings;
use poem::http::HeaderMap;
use poem::http::header::ACCEPT_ENCODING;

/// Of a request; none for most programs, at the cost of a look-up.
pub fn codings(headers: &HeaderMap) -> Option<Codings> {
    let mut values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).peekable();
    values.peek()?;
    Some(taken(values))
}

/// Weights in thousandths.
fn taken<'h>(values: impl Iterator<Item = &'h str>) -> Codings {
    let (mut gzip, mut br, mut identity, mut others) = (None, None, None, None);
    for part in values.flat_map(|value| value.split(',')) {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight(parameters);
        let place = match name.trim() {
            name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => &mut gzip,
            name if name.eq_ignore_ascii_case("br") => &mut br,
            name if name.eq_ignore_ascii_case("identity") => &mut identity,
            "*" => &mut others,
            _ => continue,
        };
        *place = Some(weight);
    }
    let gzip = gzip.or(others).unwrap_or(0);
    let br = br.or(others).unwrap_or(0);
    // What is not compressed is taken unless it is ruled out; it is preferred only where that is said.
    let plain = identity.unwrap_or(1);
    let best = gzip.max(br);
    if best == 0 || best < plain {
        return Codings::default();
    }
    Codings { gzip: gzip == best || (gzip > 0 && br == best), br: br == best }
}

/// `q=0.5` as 500; nonsense counts as not wanted.
fn weight(parameters: &str) -> u16 {
    let q = parameters.split(';').find_map(|p| {
        let (key, value) = p.split_once('=')?;
        key.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let Some(q) = q else { return 1000 };
    match q.parse::<f32>() {
        Ok(q) if (0.0..=1.0).contains(&q) => (q * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> (bool, bool) {
        let codings = taken(std::iter::once(header));
        (codings.gzip, codings.br)
    }

    #[test]
    fn a_client_gets_what_it_takes() {
        assert_eq!(of("gzip, deflate, br, zstd"), (true, true));
        assert_eq!(of("gzip"), (true, false));
        assert_eq!(of("BR"), (false, true));
        assert_eq!(of("*"), (true, true));
        assert_eq!(of("deflate"), (false, false));
        assert_eq!(of("identity"), (false, false));
        assert_eq!(of(""), (false, false));
    }

    #[test]
    fn weights_are_honoured() {
        assert_eq!(of("gzip;q=1.0, br;q=0.5"), (true, false));
        assert_eq!(of("gzip;q=0.5, br;q=1.0"), (true, true));
        assert_eq!(of("gzip;q=0, br"), (false, true));
        assert_eq!(of("gzip;q=0"), (false, false));
        assert_eq!(of("*;q=0"), (false, false));
        assert_eq!(of("br;q=0, *"), (true, false));
        assert_eq!(of("gzip;q=0.2, identity;q=0.5"), (false, false));
        assert_eq!(of("gzip;q=x"), (false, false));
        assert_eq!(of("identity;q=0, gzip;q=0.001"), (true, false));
    }
}
