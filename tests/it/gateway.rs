//! The gateway in process, on real sockets, with stores in memory.

mod forwarding;
mod http2_upstream;
mod refusals;
pub(crate) mod streams;
