//! Cases of `attacks.md`, by number.

mod h;
mod h_framing;
mod i;
mod r;
#[cfg(feature = "demo")]
mod s;
#[cfg(feature = "demo")]
mod s_forms;
