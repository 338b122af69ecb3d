//! The one door to the process's environment.

/// Environment variables, read only for keys that end in `_env`.
pub trait Env {
    /// The variable's value; `None` when unset or not UTF-8.
    fn var(&self, name: &str) -> Option<String>;
}

/// The process's own environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnv;

impl Env for ProcessEnv {
    fn var(&self, name: &str) -> Option<String> {
        #[expect(clippy::disallowed_methods, reason = "this is the door the ban points to")]
        std::env::var(name).ok()
    }
}
