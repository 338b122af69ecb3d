//! Cases of `attacks.md`, by number.

mod h;
mod h_framing;
mod i;
mod r;
