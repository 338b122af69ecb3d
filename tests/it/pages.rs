//! Our own pages, form by form, over real sockets and without a browser.

mod account;
mod account_changes;
mod account_moving;
mod account_providers;
mod admission;
mod ciba;
mod facts;
mod gets;
mod hosts;
mod hosts_codes;
mod return_target;
mod sentences;
mod session_state;
mod step_up;
mod step_up_local;
mod wanted;
