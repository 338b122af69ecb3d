//! An open-loop generator: requests are due at fixed instants and timed from then, so that a stall counts against all that it delayed.
//!
//! Threads that sleep, not tasks: the runtime's timers are good to a millisecond, a thread's to some tens of microseconds.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Kept-alive connections, each with its share of the rate.
const CONNECTIONS: u32 = 32;
/// Failures that are told with their words.
const TOLD: usize = 5;

/// Sends `GUICHET_BENCH_RATE` requests a second for `GUICHET_BENCH_SECONDS` to `GUICHET_BENCH_ADDRESS`, with the head `GUICHET_BENCH_HEAD` (its empty
/// line included). Prints how many were answered with 200, the median and 99th percentile of their latencies in µs, and what the first that
/// were not had to say, a line each.
pub(crate) fn run() {
    let told = |name: &str| std::env::var(format!("GUICHET_BENCH_{name}")).unwrap();
    let (address, head) = (told("ADDRESS"), told("HEAD"));
    let rate: u32 = told("RATE").parse().unwrap();
    let count = rate * told("SECONDS").parse::<u32>().unwrap();
    let start = Instant::now() + Duration::from_millis(200);
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|first| {
            let (address, head) = (address.clone(), head.clone());
            let due = move |number: u32| start + Duration::from_secs(1) / rate * number;
            std::thread::spawn(move || {
                connection(&address, head.as_bytes(), (first..count).step_by(CONNECTIONS as usize).map(due))
            })
        })
        .collect();
    let (mut latencies, mut failures) = (Vec::new(), Vec::new());
    for exchange in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
        match exchange {
            Ok(latency) => latencies.push(latency),
            Err(failure) => failures.push(failure),
        }
    }
    latencies.sort_unstable();
    let at = |part: usize| latencies.get(latencies.len() * part / 100).copied().unwrap_or_default();
    println!("{} {} {}", latencies.len(), at(50), at(99));
    for failure in failures.iter().take(TOLD) {
        println!("{failure}");
    }
}

/// The latencies of one connection, in µs; one that failed is opened again.
fn connection(address: &str, head: &[u8], due: impl Iterator<Item = Instant>) -> Vec<Result<u128, String>> {
    let (mut stream, mut buffer) = (None, vec![0; 16_384]);
    due.map(|due| {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let mut open = match stream.take() {
            Some(open) => open,
            None => opened(address)?,
        };
        exchange(&mut open, head, &mut buffer)?;
        stream = Some(open);
        Ok(due.elapsed().as_micros())
    })
    .collect()
}

fn opened(address: &str) -> Result<TcpStream, String> {
    let stream = TcpStream::connect(address).map_err(|error| format!("connecting: {error}"))?;
    stream.set_nodelay(true).unwrap();
    Ok(stream)
}

fn exchange(stream: &mut TcpStream, head: &[u8], buffer: &mut [u8]) -> Result<(), String> {
    stream.write_all(head).map_err(|error| format!("writing: {error}"))?;
    let mut filled = 0;
    while !crate::load::is_whole(&buffer[..filled])? {
        let read = stream.read(&mut buffer[filled..]).map_err(|error| format!("reading: {error}"))?;
        if read == 0 {
            return Err(format!("closed after {filled} bytes"));
        }
        filled += read;
    }
    Ok(())
}
