//! Our own pages, form by form, over real sockets and without a browser.

mod facts;
mod gets;
mod return_target;
mod sentences;
mod step_up;
mod wanted;
