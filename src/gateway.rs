//! The hot path: listen, sanitise, route, judge, assert, forward. hyper and tower, no axum.
