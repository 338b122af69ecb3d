//! The activation's steps, what is next, and a finish that trusts no earlier step.
//!
//! Pure: no I/O, no clock, no account; it judges what it is shown. Whoever performs a step lives in `login`.

pub mod finish;
pub mod progress;
pub mod reminder;

pub use finish::{Evidence, finish};
pub use progress::{Journey, Refusal, Step, StepState, Steps};
