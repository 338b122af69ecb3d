//! An open-loop generator: requests are due at fixed instants and timed from then, so that a stall counts against all that it delayed.
//!
//! Threads that sleep, not tasks: the runtime's timers are good to a millisecond, a thread's to some tens of microseconds.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Kept-alive connections, each with its share of the rate.
const CONNECTIONS: u32 = 32;

/// Sends `GUICHET_BENCH_RATE` requests a second for `GUICHET_BENCH_SECONDS` to `GUICHET_BENCH_ADDRESS`, with the head `GUICHET_BENCH_HEAD` (its empty
/// line included). Prints how many were answered with 200, and the median and 99th percentile of their latencies in µs.
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
    let mut latencies: Vec<u128> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    latencies.sort_unstable();
    let at = |part: usize| latencies[latencies.len() * part / 100];
    println!("{} {} {}", latencies.len(), at(50), at(99));
}

/// The latencies of one connection, in µs.
fn connection(address: &str, head: &[u8], due: impl Iterator<Item = Instant>) -> Vec<u128> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 16_384];
    due.map(|due| {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        stream.write_all(head).unwrap();
        let mut filled = 0;
        while !crate::load::is_whole(&buffer[..filled]) {
            let read = stream.read(&mut buffer[filled..]).unwrap();
            assert!(read > 0, "the connection was closed");
            filled += read;
        }
        due.elapsed().as_micros()
    })
    .collect()
}
