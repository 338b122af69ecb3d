//! The one HTTP/2 connection to an upstream: opened by the first request that needs it, and anew when it is closed.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hyper::client::conn::http2;
use tokio::sync::Mutex;

use super::connector::{self, Reach};
use super::{Failure, Upload};

/// Where requests to one upstream are handed over.
#[derive(Debug, Default)]
pub(super) struct Shared {
    current: ArcSwapOption<http2::SendRequest<Upload>>,
    /// Who opens it; others wait for that one.
    opening: Mutex<()>,
}

impl Shared {
    /// The connection's sender, and whether it was open before.
    ///
    /// # Errors
    /// When there is nobody in time.
    pub(super) async fn sender(&self, reach: &Reach) -> Result<(http2::SendRequest<Upload>, bool), Failure> {
        if let Some(sender) = self.open() {
            return Ok((sender, true));
        }
        let _alone = self.opening.lock().await;
        if let Some(sender) = self.open() {
            return Ok((sender, true));
        }
        let sender = connector::open_shared(reach).await?;
        self.current.store(Some(Arc::new(sender.clone())));
        Ok((sender, false))
    }

    fn open(&self) -> Option<http2::SendRequest<Upload>> {
        let current = self.current.load();
        current.as_ref().filter(|sender| !sender.is_closed()).map(|sender| (**sender).clone())
    }
}
