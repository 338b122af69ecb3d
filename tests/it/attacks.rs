//! Cases of `attacks.md`, by number.

mod h;
mod i;
mod r;
