//! A sign-in as a state machine. No HTTP types.
