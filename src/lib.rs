#![doc = include_str!("architecture.md")]

// From the inside out: a room only imports rooms above its own line.
pub mod clock;
pub mod entropy;
pub mod identity;

pub mod activation;
pub mod config;
pub mod observe;
pub mod outbound;

pub mod account;
pub mod keys;
pub mod notify;
pub mod session;

pub mod login;
pub mod rp;
pub mod templates;

pub mod gateway;
pub mod pages;

pub mod app;
pub mod cli;
#[cfg(feature = "demo")]
pub mod demo;
