//! Our own pages, form by form, over real sockets and without a browser.

mod return_target;
mod wanted;
