//! The configuration of `guichet psc-simulator`: a file of its own, read and judged like the gateway's.

mod settings;

#[cfg(test)]
mod tests;

use std::path::Path;

use serde_json::Value;

pub use settings::{
    Level, Mtls, SimulatorAuth, SimulatorClient, SimulatorLevels, SimulatorLifetimes, SimulatorSettings, SimulatorTls,
};

use super::env::Env;
use super::fault::Faults;
use super::file::psc_simulator::PscSimulatorFile;
use super::{check, load, schema};

/// What is served when no file is named.
const EXAMPLE: &str = include_str!("../../config/psc-simulator.toml");

/// Reads and checks the file at `path`; relative paths in it start from its folder.
///
/// # Errors
/// Every fault of the file at once; one fault when it cannot be read.
pub fn load_simulator(path: &Path, env: &dyn Env) -> Result<SimulatorSettings, Faults> {
    let text = load::text_of(path)?;
    parse(&text, &path.display().to_string(), env, path.parent().unwrap_or(Path::new("")), |_| {})
}

/// The shipped example, moved to `port`.
///
/// # Errors
/// When the port is 0.
pub fn default_simulator(port: u16, env: &dyn Env) -> Result<SimulatorSettings, Faults> {
    parse(EXAMPLE, "config/psc-simulator.toml", env, Path::new(""), |file| file.listen = format!("127.0.0.1:{port}"))
}

/// The JSON Schema of the file, for editors.
#[must_use]
pub fn simulator_schema() -> Value {
    schema::of::<PscSimulatorFile>("guichet psc-simulator")
}

fn parse(
    text: &str,
    file_name: &str,
    env: &dyn Env,
    base_dir: &Path,
    change: impl FnOnce(&mut PscSimulatorFile),
) -> Result<SimulatorSettings, Faults> {
    load::read(text, file_name, &simulator_schema(), change, |file, document| {
        check::check_simulator(file, document, env, base_dir)
    })
}
