//! What Pro Santé Connect does, or may do, that breaks integrations: each is switched on at the simulator, and a person meets it through the gateway.

mod answers;
mod failures;
mod sign_out;
