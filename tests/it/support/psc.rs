//! The simulator as a test reaches it: its control over a socket, and its pages as a person walks through them.

use serde_json::{Value, json};

use super::person::{Page, Person};
use super::site::Site;

const START: &str = "/_guichet/connexion/psc";
const CALLBACK: &str = "/_guichet/callback/psc";

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

    /// From the button of `page` to the provider and back, as far as it goes: the answer of our callback, or the page where the
    /// provider keeps the person.
    pub(crate) async fn through(&self, person: &mut Person, page: &Page, key: &str) -> Page {
        let mut page = person.submit(page, START, &[]).await;
        for _ in 0..12 {
            let here = page.url.path().to_owned();
            let [choose, confirm] = ["ecps", "telephone"].map(|act| format!("{here}/{act}"));
            if matches!(page.status, 302 | 303) && page.url.path() != CALLBACK {
                let next = page.url.join(page.location()).unwrap();
                page = person.get(next.as_str()).await;
            } else if page.form(&choose).is_some() {
                page = person.submit(&page, &choose, &[("professionnel", key)]).await;
            } else if let Some(code) = shown_code(&page) {
                page = person.submit(&page, &confirm, &[("code", &code)]).await;
            } else {
                return page;
            }
        }
        panic!("the provider does not come back: {}", page.gist())
    }
}

/// The two digits that the simulator's page shows.
fn shown_code(page: &Page) -> Option<String> {
    let (_, rest) = page.body.split_once("Code à sélectionner\"><strong>")?;
    Some(rest.split('<').next()?.to_owned())
}
