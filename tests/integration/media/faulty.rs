//! A store that does not do what it should: an HTTP proxy before it, which answers some calls with 500, leaves some
//! without an answer, and stops in the middle of some answers.

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
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let (calls, faults) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counted = (calls.clone(), faults.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (calls, faults) = counted.clone();
                std::thread::spawn(move || {
                    let fate = fate(calls.fetch_add(1, Ordering::Relaxed));
                    faults.fetch_add(u64::from(fate != Fate::Fine), Ordering::Relaxed);
                    // A client that leaves is no fault of the proxy's.
                    let _ = carry(client, upstream, fate);
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
fn carry(client: TcpStream, upstream: u16, fate: Fate) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut client = client;
    let (head, length) = head(&mut reader)?;
    if head.is_empty() {
        return Ok(());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    match fate {
        Fate::Refused => {
            client.write_all(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Fate::Silence => wait_for_the_end(reader),
        Fate::Fine | Fate::Half => {
            let mut store = TcpStream::connect(("127.0.0.1", upstream))?;
            store.write_all(format!("{}Connection: close\r\n\r\n", head.join("")).as_bytes())?;
            store.write_all(&body)?;
            let mut answer = Vec::new();
            store.read_to_end(&mut answer)?;
            if fate == Fate::Half {
                client.write_all(&answer[..answer.len() / 2])?;
                return wait_for_the_end(reader);
            }
            client.write_all(&answer)
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
