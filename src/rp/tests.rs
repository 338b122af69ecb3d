//! The relying party against a provider that misbehaves.
