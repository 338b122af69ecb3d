//! The gateway in process, on real sockets, with stores in memory.

mod forwarding;
mod refusals;
pub(crate) mod streams;
