//! The configuration: from the administrator's file to settings that were checked.
//!
//! Two steps: the file's own types (`file`, private), then [`Settings`] (no serde). All faults come at once, each with
//! its line. Only this room reads the environment; no other sees the file's own types. Nothing here prints a secret.

mod assertion_budget;
mod check;

pub mod certificates;
pub mod claim_caps;
pub mod client_key;
#[cfg(feature = "demo")]
pub mod demo;
mod document;
mod duration;
mod env;
mod fault;
mod file;
mod load;
#[cfg(feature = "demo")]
pub mod psc_simulator;
pub mod reload;
mod schema;
pub mod sealing;
pub mod secret;
pub mod settings;
mod shape;
mod summary;

pub use assertion_budget::assertion_budget;
#[cfg(feature = "demo")]
pub use demo::{Demo, demo};
pub use env::{Env, ProcessEnv};
pub use fault::{Fault, Faults};
pub use load::{load, parse};
pub use schema::schema;
pub use sealing::{SealingKeysFault, create_sealing_keys, ensure_sealing_keys};
pub use secret::Secret;
pub use settings::Settings;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod tests;
