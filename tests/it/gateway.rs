//! The gateway in process, on real sockets, with stores in memory.

mod certificates;
mod forwarding;
mod http2_upstream;
mod listeners;
mod matching;
mod process;
mod refusals;
pub(crate) mod streams;
