//! People on "Mon compte": linked ones, and the ways to link and to confirm.

use super::person::{Page, Person};
use super::site::{Activated, Site};

pub(crate) const ACCOUNT: &str = "/_guichet/compte";
pub(crate) const LINK: &str = "/_guichet/compte/rattachement/psc";
pub(crate) const UNLINK: &str = "/_guichet/compte/detachement/psc";
pub(crate) const LINK_HOSPITAL: &str = "/_guichet/compte/rattachement/hopital";
pub(crate) const UNLINK_HOSPITAL: &str = "/_guichet/compte/detachement/hopital";
pub(crate) const SESSIONS: &str = "/_guichet/compte/connexions";
const STEP_UP: &str = "/_guichet/confirmer";
const PSC: &str = "/_guichet/connexion/psc";

impl Site {
    /// An activated account, signed in with its password a moment ago.
    pub(crate) async fn just_signed_in(&self) -> Activated {
        let mut who = self.activated().await;
        self.forward(61);
        let mut person = self.person();
        self.sign_in(&mut person, &who).await;
        who.person = person;
        who
    }

    /// From "Mon compte" through Pro Santé Connect as `key`, to the look at whom it has proven.
    pub(crate) async fn to_review(&self, person: &mut Person, key: &str) -> Page {
        self.to_review_of(person, LINK, key).await
    }

    /// The same through the provider whose page this is.
    pub(crate) async fn to_review_of(&self, person: &mut Person, link: &str, key: &str) -> Page {
        let callback = self.to_link_callback(person, link, key).await;
        let page = person.get(&callback).await;
        assert_eq!(page.location(), link, "{}", page.gist());
        person.follow(page).await
    }

    /// The same up to the address of the callback, which is not asked for yet.
    pub(crate) async fn to_link_callback(&self, person: &mut Person, link: &str, key: &str) -> String {
        let page = person.open(link).await;
        assert_eq!(page.url.path(), link, "{}", page.gist());
        let page = person.submit(&page, link, &[]).await;
        let authorize = page.location().to_owned();
        self.at_psc(person, &authorize, key, "").await.0
    }

    /// Links the account of a fresh session to the second provider of [`Site::with_hospital`].
    pub(crate) async fn link_hospital(&self, person: &mut Person, key: &str) {
        let review = self.to_review_of(person, LINK_HOSPITAL, key).await;
        let page = person.submit(&review, LINK_HOSPITAL, &[]).await;
        assert_eq!(page.location(), "/_guichet/compte?avis=rattache:hopital", "{}", page.gist());
    }

    /// From the sign-in page through the second provider and back: the answer of the callback.
    pub(crate) async fn hospital(&self, person: &mut Person, key: &str) -> Page {
        let page = person.get("/_guichet/connexion").await;
        let page = person.submit(&page, PSC, &[("fournisseur", "hopital")]).await;
        let authorize = page.location().to_owned();
        let (callback, _) = self.at_psc(person, &authorize, key, "").await;
        person.get(&callback).await
    }

    /// Switches the second provider's simulator.
    pub(crate) async fn switch_hospital(&self, patch: &serde_json::Value) {
        let issuer = url::Url::parse(&self.app.settings.identity_providers["hopital"].issuer).unwrap();
        let control = format!("http://127.0.0.1:{}/control/state", issuer.port().unwrap());
        let lines = [("Content-Type", "application/json")];
        let page = self.person().send("PATCH", &control, &lines, patch.to_string().as_bytes()).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }

    /// An activated account linked from "Mon compte", signed in with its password.
    pub(crate) async fn linked(&self) -> Activated {
        let mut who = self.just_signed_in().await;
        let review = self.to_review(&mut who.person, "kinesitherapeute").await;
        let page = who.person.submit(&review, LINK, &[]).await;
        assert_eq!(page.location(), "/_guichet/compte?avis=rattache:psc", "{}", page.gist());
        who
    }

    /// Confirms with the password and the code of the e-mail, on the page that asks.
    pub(crate) async fn confirm(&self, person: &mut Person, page: &Page, who: &Activated) -> Page {
        let page = person.submit(page, STEP_UP, &[("password", &who.password)]).await;
        let page = person.follow(page).await;
        self.sent().await;
        let code = self.code(&who.email).await;
        person.submit(&page, STEP_UP, &[("code", &code)]).await
    }

    /// Confirms with Pro Santé Connect, on the page that asks.
    pub(crate) async fn confirm_psc(&self, person: &mut Person, page: &Page, key: &str) -> Page {
        let page = person.submit(page, PSC, &[]).await;
        let authorize = page.location().to_owned();
        let (callback, _) = self.at_psc(person, &authorize, key, "").await;
        person.get(&callback).await
    }

    /// Activated through Pro Santé Connect; without contacts where `email` is empty.
    pub(crate) async fn by_psc(&self, key: &str, email: &str) -> Person {
        let (form, code, phone) = (
            "/_guichet/activation/psc/email",
            "/_guichet/activation/psc/email/code",
            "/_guichet/activation/psc/telephone",
        );
        let mut person = self.person();
        let page = self.psc(&mut person, key).await;
        let mut page = person.follow(page).await;
        if page.url.path() == "/_guichet/lieu" {
            let first =
                page.body.split("value=\"").find(|piece| piece.split('"').next().is_some_and(|v| v.len() == 16));
            let first = first.and_then(|piece| piece.split('"').next()).unwrap().to_owned();
            let chosen = person.submit(&page, "/_guichet/lieu", &[("place", &first)]).await;
            page = person.follow(chosen).await;
        }
        let action = if email.is_empty() { "ignorer" } else { "valider" };
        let page = person.submit(&page, form, &[("terms", "oui"), ("email", email), ("action", action)]).await;
        let mut page = person.follow(page).await;
        if !email.is_empty() {
            let digits = self.code(email).await;
            let proven = person.submit(&page, code, &[("code", &digits)]).await;
            page = person.follow(proven).await;
        }
        let page = person.submit(&page, phone, &[("action", "ignorer")]).await;
        assert_eq!(person.follow(page).await.status, 200);
        person
    }
}
