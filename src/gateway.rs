//! The hot path: listen, sanitise, route, judge, assert, forward. hyper and tower, no axum.
//!
//! A request goes through `dispatch` in the order of design §4; only `policy` makes the permit that `forward` asks for.

pub mod addresses;
pub mod admin;
pub mod assertion;
pub mod body;
pub mod client_addr;
pub mod connection;
mod cors;
pub mod dispatch;
pub mod forward;
pub mod forward_auth;
pub mod gate;
pub mod listen;
pub mod policy;
pub mod proxy_protocol;
pub mod refuse;
pub mod route;
pub mod sanitise;
mod story;
pub mod tls;
pub mod told;
pub mod upgrade;
mod verdict;
pub mod well_known;
pub mod wire;
pub mod workers;

pub use body::{Body, BoxError};
pub use dispatch::{Gateway, GatewayParts, OwnPages};
pub use forward::download::STREAM_CHECK;
pub use listen::{ListenFault, Listener, serve};
pub use refuse::{Denial, ForbiddenCause, PageContext, PageKind, Pages};
