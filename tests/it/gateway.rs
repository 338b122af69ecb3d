//! The gateway in process, on real sockets, with stores in memory.

mod certificates;
mod clients;
pub(crate) mod conditions;
mod cors;
mod forwarding;
mod health;
mod http2_upstream;
mod listeners;
mod matching;
mod process;
mod refusals;
mod reloading;
mod resending;
mod rewriting;
pub(crate) mod streams;
mod upstream_tls;
