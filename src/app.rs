//! Composition: the only room that names backends.
