//! The simulator as a client and a person see it, through its router alone.

mod ciba;
mod client_auth;
mod control;
mod faults;
mod keys;
mod lifetimes;
mod logout_tokens;
mod means;
mod requests;
mod sign_out;
mod token_facts;
mod tokens;
mod world;
