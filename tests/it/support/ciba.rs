//! People who sign in with their national number, and the simulator that asks them.

use guichet::login::Flow;
use guichet::login::ciba::CibaStage;
use serde_json::{Value, json};

use super::person::{Page, Person};
use super::site::Site;

pub(crate) const FORM: &str = "/_guichet/connexion/numero-national";
pub(crate) const WAITING: &str = "/_guichet/connexion/numero-national/attente";
/// The nurse of the simulator.
pub(crate) const NURSE: &str = "99700999909";
pub(crate) const NURSE_ID: &str = "899700999909";
/// A number that fits, and is nobody's.
pub(crate) const NOBODY: &str = "99900999998";

impl Site {
    /// The nurse's own browser: she signed in there before, and is signed out.
    pub(crate) async fn recognised(&self) -> Person {
        let mut nurse = self.by_psc("infirmiere", "").await;
        nurse.drop_cookie("__Host-guichet");
        nurse
    }

    /// Types a number into the form; the answer is not followed.
    pub(crate) async fn ask(&self, person: &mut Person, number: &str) -> Page {
        let page = person.get(FORM).await;
        person.submit(&page, FORM, &[("numero", number), ("canal", "mobile")]).await
    }

    /// The page that waits.
    pub(crate) async fn to_waiting(&self, person: &mut Person, number: &str) -> Page {
        let page = self.ask(person, number).await;
        assert_eq!(page.status, 303, "{}", page.gist());
        let page = person.follow(page).await;
        assert_eq!((page.status, page.url.path()), (200, WAITING), "{}", page.gist());
        page
    }

    /// The script's own question about a page that waits: whether there is news.
    pub(crate) async fn look(&self, person: &mut Person, waiting: &Page) -> bool {
        let page = person.submit(waiting, WAITING, &[("script", "oui")]).await;
        assert!(matches!(page.status, 200 | 204) && page.body.is_empty(), "{}", page.gist());
        assert_eq!(page.cookie("__Host-guichet"), None, "a look signs nobody in");
        page.status == 200
    }

    /// Requests that stand on telephones.
    pub(crate) async fn requests(&self) -> Vec<Value> {
        let page = self.control("GET", "ciba", &Value::Null).await;
        serde_json::from_str(&page.body).unwrap_or_else(|_| panic!("{}", page.body))
    }

    /// The person answers the request that shows the digits of the page: `accept` or `refuse`.
    pub(crate) async fn answer(&self, waiting: &Page, answer: &str) {
        let digits = digits(waiting);
        let requests = self.requests().await;
        let request = requests.iter().find(|request| request["binding_message"] == digits);
        let request = request.unwrap_or_else(|| panic!("no telephone shows {digits}: {requests:?}"));
        let path = format!("ciba/{}", request["request"].as_str().unwrap());
        assert_eq!(self.control("POST", &path, &json!({ "answer": answer })).await.status, 204);
    }

    /// Switches a failure of an endpoint on, or off with `none`.
    pub(crate) async fn trouble(&self, endpoint: &str, failure: &str) {
        self.switch(json!({ "endpoints": { endpoint: { "failure": failure } } })).await;
    }

    /// The request of a page that waits, as it is kept.
    pub(crate) async fn kept(&self, person: &Person, waiting: &Page) -> Option<CibaStage> {
        let login = &self.app.login;
        let id = waiting.form(WAITING).unwrap()["flow"].clone();
        let flow = Flow::new(&login.sealer, person.cookie("__Host-guichet-flow").unwrap(), &id).unwrap();
        login.ciba_stage(&flow).await.unwrap().map(|(_, stage)| stage)
    }
}

/// The two digits of a page that waits.
#[track_caller]
pub(crate) fn digits(waiting: &Page) -> String {
    let shown = waiting.body.split_once("<strong>").and_then(|(_, rest)| rest.split('<').next());
    let shown = shown.unwrap_or_else(|| panic!("no digits: {}", waiting.gist()));
    assert!(shown.len() == 2 && shown.bytes().all(|byte| byte.is_ascii_digit()), "{shown}");
    shown.to_owned()
}
