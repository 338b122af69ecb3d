//! Figures of the gateway on this machine: `benches/run`. Also the parts that `benches/compare` is put together from, by `GUICHET_BENCH_ROLE`.
//!
//! The program under test runs as its own process; its processor time is read from the system and told per request, beside a bare proxy
//! made of the same libraries in the same run. Ratios carry over to other machines, absolute figures do not.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench tells or fails loudly"
)]

#[path = "gateway/bare.rs"]
mod bare;
#[path = "gateway/load.rs"]
mod load;
#[path = "gateway/pace.rs"]
mod pace;
#[path = "gateway/process.rs"]
mod process;
#[path = "gateway/upstream.rs"]
mod upstream;
#[path = "gateway/world.rs"]
mod world;

use std::time::Duration;

use load::Load;
use process::Program;
use world::World;

/// Rounds of each measurement, interleaved.
const ROUNDS: usize = 5;
/// Length of one measurement.
const SPAN: Duration = Duration::from_secs(3);
/// Kept-alive connections.
const CONNECTIONS: usize = 64;
/// Sessions held for the memory figure.
const SESSIONS: usize = 10_000;

fn main() {
    // `cargo test --all-targets` runs benches too, with this argument; only `cargo bench` measures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    match std::env::var("GUICHET_BENCH_ROLE").as_deref() {
        Ok("upstream") => upstream::run(),
        Ok("bare") => bare::run(),
        Ok("world") => world::run(),
        Ok("pace") => pace::run(),
        _ => tokio::runtime::Runtime::new().unwrap().block_on(measure()),
    }
}

async fn measure() {
    let upstream = Program::role("upstream", &[]).await;
    let bare = Program::role("bare", &[("GUICHET_BENCH_UPSTREAM", &upstream.address)]).await;
    let world = World::prepare(&upstream.address, SESSIONS).await;
    let (guichet, start) = world.start().await;
    println!("start to first answer: {:.0} ms", start.as_secs_f64() * 1_000.0);
    println!("anonymous resident memory after the start: {:.1} MiB", guichet.anonymous_mib());

    let cases = [
        ("bare proxy of the same libraries", &bare, Load::new(&bare.address, "/public/1k", None)),
        ("public route, nobody signed in", &guichet, Load::new(&guichet.address, "/public/1k", None)),
        ("activated route, session and assertion", &guichet, Load::new(&guichet.address, "/1k", Some(world.cookie(0)))),
    ];
    let mut costs = vec![Vec::new(); cases.len()];
    let mut rates = vec![Vec::new(); cases.len()];
    for round in 0..ROUNDS {
        let order: Vec<usize> =
            if round % 2 == 0 { (0..cases.len()).collect() } else { (0..cases.len()).rev().collect() };
        for case in order {
            let (_, program, load) = &cases[case];
            let before = program.processor_seconds();
            let answered = load.run(CONNECTIONS, SPAN).await;
            costs[case].push((program.processor_seconds() - before) / answered as f64 * 1e6);
            rates[case].push(answered as f64 / SPAN.as_secs_f64());
        }
    }
    println!("\n{:<42} {:>10} {:>16} {:>8}", "case", "requests/s", "CPU µs/request", "× bare");
    let first = median(&mut costs[0].clone());
    for (case, (name, ..)) in cases.iter().enumerate() {
        let (cost, rate) = (median(&mut costs[case]), median(&mut rates[case]));
        println!("{name:<42} {rate:>10.0} {cost:>16.1} {:>8.2}", cost / first);
    }

    Load::new(&guichet.address, "/1k", None).once_each((0..SESSIONS).map(|number| world.cookie(number))).await;
    println!("\nanonymous resident memory with {SESSIONS} sessions seen: {:.1} MiB", guichet.anonymous_mib());

    let (unknown, known) = world.refused_sign_ins(&guichet.address).await;
    println!("refused sign-in, median: identifier nobody has {unknown:.1} ms, identifier somebody has {known:.1} ms");
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
