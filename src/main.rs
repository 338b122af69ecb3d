//! The `guichet` program: calls the command line and turns its result into an exit code.

/// Fragments less than the system's under a proxy's many small requests.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // Both refuse only a second call; one provider for the whole process, the same for TLS and for tokens.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    guichet::cli::main()
}
