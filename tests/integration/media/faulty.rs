//! A store that does not do what it should: an HTTP proxy before it, which answers some calls with 500, leaves some
//! without an answer, stops in the middle of some answers, and loses some.

use crate::proxy::free_port;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    /// 500.
    Refused,
    /// No answer.
    Silence,
    /// Half an answer.
    Half,
    /// It is done, and the connection ends without an answer.
    Lost,
}

/// The proxy; its threads end with the test.
pub struct Faulty {
    pub port: u16,
    calls: Arc<AtomicU64>,
    faults: Arc<AtomicU64>,
}

impl Faulty {
    /// Before what listens on `upstream`. One call in ten goes wrong.
    pub fn before(upstream: u16) -> Self {
        Self::start(upstream, |call, _| fate(call))
    }

    /// Whoever puts the parts of a file together is not told, the first time.
    pub fn silent_about_ends(upstream: u16) -> Self {
        let ends = AtomicU64::new(0);
        Self::start(upstream, move |_, line| {
            let is_first =
                line.starts_with("POST ") && line.contains("uploadId=") && ends.fetch_add(1, Ordering::Relaxed) == 0;
            if is_first { Fate::Lost } else { Fate::Fine }
        })
    }

    /// `rule` says what becomes of a call by its number and the first line of its head.
    fn start(upstream: u16, rule: impl Fn(u64, &str) -> Fate + Send + Sync + 'static) -> Self {
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let (calls, faults) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (counted, rule) = ((calls.clone(), faults.clone()), Arc::new(rule));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let ((calls, faults), rule) = (counted.clone(), rule.clone());
                std::thread::spawn(move || {
                    let number = calls.fetch_add(1, Ordering::Relaxed);
                    let decide = |line: &str| {
                        let fate = rule(number, line);
                        faults.fetch_add(u64::from(fate != Fate::Fine), Ordering::Relaxed);
                        fate
                    };
                    // A client that leaves is no fault of the proxy's.
                    let _ = carry(client, upstream, decide);
                });
            }
        });
        Self { port, calls, faults }
    }

    /// Calls, and how many of them went wrong.
    pub fn counts(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.faults.load(Ordering::Relaxed))
    }
}

/// The same in every run, and without a rhythm (Steele, Lea and Flood 2014).
fn fate(call: u64) -> Fate {
    let mut z = (call + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^= z >> 27;
    match (z % 10, z / 10 % 3) {
        (0, 0) => Fate::Refused,
        (0, 1) => Fate::Silence,
        (0, _) => Fate::Half,
        _ => Fate::Fine,
    }
}

/// One call; then the connection ends.
fn carry(client: TcpStream, upstream: u16, decide: impl Fn(&str) -> Fate) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    let (head, length) = head(&mut reader)?;
    if head.is_empty() {
        return Ok(());
    }
    let fate = decide(&head[0]);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    match fate {
        Fate::Refused => {
            client.write_all(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Fate::Silence => wait_for_the_end(reader),
        Fate::Fine | Fate::Half | Fate::Lost => {
            let mut store = TcpStream::connect(("127.0.0.1", upstream))?;
            store.write_all(format!("{}Connection: close\r\n\r\n", head.join("")).as_bytes())?;
            store.write_all(&body)?;
            let mut answer = Vec::new();
            store.read_to_end(&mut answer)?;
            match fate {
                Fate::Lost => Ok(()),
                Fate::Half => {
                    client.write_all(&answer[..answer.len() / 2])?;
                    wait_for_the_end(reader)
                }
                _ => client.write_all(&answer),
            }
        }
    }
}

/// The lines of a request's head without `Connection` and the empty one, and how long its body is.
fn head(reader: &mut BufReader<TcpStream>) -> std::io::Result<(Vec<String>, usize)> {
    let (mut lines, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match name.trim() {
            "" => return Ok((lines, length)),
            "connection" => continue,
            "content-length" => length = line.split(':').nth(1).and_then(|n| n.trim().parse().ok()).unwrap_or(0),
            _ => {}
        }
        lines.push(line);
    }
}

/// Until the client has lost its patience.
fn wait_for_the_end(mut reader: BufReader<TcpStream>) -> std::io::Result<()> {
    while reader.read(&mut [0; 64])? > 0 {}
    Ok(())
}
