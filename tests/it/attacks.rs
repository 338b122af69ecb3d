//! Cases of `attacks.md`, by number.

#[cfg(feature = "demo")]
mod a;
#[cfg(feature = "demo")]
mod a_others;
#[cfg(feature = "demo")]
mod a_taken;
#[cfg(feature = "demo")]
mod absent;
#[cfg(feature = "demo")]
mod c;
#[cfg(feature = "demo")]
mod c_logout;
mod catalogue;
#[cfg(feature = "demo")]
mod ciba;
mod d;
#[cfg(feature = "demo")]
mod f;
#[cfg(feature = "demo")]
mod f_provider;
mod h;
mod h_framing;
mod h_http2;
mod h_tls;
mod i;
#[cfg(feature = "demo")]
mod k;
#[cfg(feature = "demo")]
mod l;
#[cfg(feature = "demo")]
mod l_mailbox;
#[cfg(feature = "demo")]
mod l_providers;
#[cfg(feature = "demo")]
mod o;
#[cfg(feature = "demo")]
mod o_send;
#[cfg(feature = "demo")]
mod p;
#[cfg(feature = "demo")]
mod p_locks;
#[cfg(feature = "demo")]
mod p_reset;
#[cfg(feature = "demo")]
mod p_reset_ends;
mod r;
#[cfg(feature = "demo")]
mod s;
#[cfg(feature = "demo")]
mod s_forms;
mod t;
#[cfg(feature = "demo")]
mod w;
#[cfg(feature = "demo")]
mod x;
#[cfg(feature = "demo")]
mod x_without_end;
