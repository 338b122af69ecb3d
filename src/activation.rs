//! The activation's steps, what is next, and a finish that trusts no earlier step. No I/O.
