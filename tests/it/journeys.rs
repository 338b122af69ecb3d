//! Both journeys of the activation guide in a real browser, and what happens around them: each act by what a person sees,
//! each code from the outbox.

mod person;

mod account;
mod ciba;
mod codes;
mod hosts;
mod keyboard;
mod local;
mod other_sites;
mod psc;
mod psc_control;
mod reset;
mod resuming;
mod returning;
mod single_page;
mod step_up;
mod tabs;
mod walls;
