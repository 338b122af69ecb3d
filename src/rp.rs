//! Our side towards identity providers.
