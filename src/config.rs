//! The configuration: from the administrator's file to settings that were checked.
//! Only this room reads the environment; no other sees the file's own types.

pub mod secret;
pub mod settings;

pub use secret::Secret;
pub use settings::Settings;
