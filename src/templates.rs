//! Templates with typed contexts, ours or the administrator's.
