//! What Pro Santé Connect may send.
