//! The simulator as a test reaches it: its control over a socket.

use serde_json::{Value, json};

use super::person::Page;
use super::site::Site;

impl Site {
    /// Where the simulator's own pages and its control are.
    pub(crate) fn wallet(&self) -> String {
        let discovery = &self.app.settings.identity_providers["psc"].discovery_url;
        format!("http://127.0.0.1:{}", discovery.port().unwrap())
    }

    /// Changes the switches that the patch names.
    pub(crate) async fn switch(&self, patch: Value) {
        let page = self.control("PATCH", "state", &patch).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }

    /// Every switch back, and the calls forgotten.
    pub(crate) async fn mend(&self) {
        assert_eq!(self.control("POST", "reset", &json!({})).await.status, 200);
    }

    /// How often an endpoint was called since the last mending.
    pub(crate) async fn calls(&self, endpoint: &str) -> u64 {
        let page = self.control("GET", "calls", &Value::Null).await;
        let calls: Value = serde_json::from_str(&page.body).unwrap();
        calls[endpoint].as_u64().unwrap_or_default()
    }

    /// Any call of the control.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &Value) -> Page {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let address = format!("{}/control/{path}", self.wallet());
        self.person().send(method, &address, &[("Content-Type", "application/json")], body.as_bytes()).await
    }
}
