//! The simulator as a client and a person see it, through its router alone.

mod faults;
mod means;
mod requests;
mod sign_out;
mod tokens;
mod world;
