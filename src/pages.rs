//! What a person sees.
//! Templates with typed contexts, ours or the administrator's.

pub mod assets;
pub mod paths;
pub mod sentences;
pub mod view;
