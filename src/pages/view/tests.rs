//! Every view, in every state.
