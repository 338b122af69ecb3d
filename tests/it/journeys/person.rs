//! A person in front of a browser: the acts that the journeys are made of, and what is looked at on each screen.

use std::path::Path;

use crate::support::browser::Page;
use crate::support::chrome::Options;
use crate::support::world::World;

/// How closely each screen is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// The heading only.
    Little,
    /// With axe-core.
    Axe,
    /// With axe-core on two widths, 320 pixels, and pictures kept in `target/screenshots`.
    Closely,
}

/// Password that every person here chooses.
pub(super) const CHOSEN: &str = "Vif-poney-4217";

/// Somebody in front of a browser.
pub(super) struct Person<'a> {
    pub(super) world: &'a World,
    pub(super) page: Page,
    looks: Looks,
}

/// An account of the legacy directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) id: &'static str,
    pub(super) password: &'static str,
    pub(super) email: &'static str,
    pub(super) phone: &'static str,
}

/// Élodie Fontaine, nurse: everything is known of her.
pub(super) const ELODIE: Known =
    Known { id: "752345678", password: "Tilleuls-2019", email: "elodie.fontaine@example.com", phone: "+33612345602" };

/// Paul Mercier, physician.
pub(super) const PAUL: Known =
    Known { id: "691234567", password: "Exemple-Avenue3", email: "paul.mercier@example.com", phone: "+33612345603" };

/// Lucas Moreau, physiotherapist, whose RPPS is also that of a professional of the simulator.
pub(super) const LUCAS: Known = Known {
    id: "751234567",
    password: "Canal-Saint-Martin17",
    email: "lucas.moreau@example.com",
    phone: "+33612345601",
};

pub(super) const SIGN_IN: &str = "Connexion à votre espace";
pub(super) const FACTOR: &str = "Identification à deux facteurs";
pub(super) const DETAILS: &str = "Coordonnées personnelles";
pub(super) const EMAIL: &str = "Vérification de votre email";
pub(super) const PASSWORD: &str = "Créer votre mot de passe";
pub(super) const PHONE: &str = "Validation du numéro de téléphone";
pub(super) const ORGANISATION: &str = "Coordonnées de votre structure";
pub(super) const FINISHED: &str = "Finalisation de l'activation de compte";
pub(super) const CONTACTS: &str = "Validation des coordonnées";
pub(super) const CODE: &str = "Code de vérification";
pub(super) const PSC: &str = "S'identifier avec Pro Santé Connect";

impl<'a> Person<'a> {
    /// With scripts or without; looked at as closely as `looks` says.
    pub(super) async fn new(world: &'a World, scripts: bool, looks: Looks) -> Self {
        let options = if scripts { Options::default() } else { Options::default().without_javascript() };
        Self { world, page: world.page(options).await, looks }
    }

    /// Looked at closely with scripts, with axe-core alone without.
    pub(super) async fn looked_at(world: &'a World, scripts: bool) -> Self {
        Self::new(world, scripts, if scripts { Looks::Closely } else { Looks::Axe }).await
    }

    /// The same person, later: the same browser against a world that was started again.
    pub(super) fn into_page(self) -> Page {
        self.page
    }

    /// A person who already has a browser.
    pub(super) fn with(world: &'a World, page: Page) -> Self {
        Self { world, page, looks: Looks::Little }
    }

    /// The same person, looked at otherwise from now on.
    pub(super) fn looking(self, looks: Looks) -> Self {
        Self { looks, ..self }
    }

    /// Types an address of the gateway.
    pub(super) async fn goto(&self, path: &str) {
        self.page.goto(&self.world.at(path)).await;
    }

    /// Waits for a screen, and looks at it under this name.
    pub(super) async fn screen(&self, h1: &str, name: &str) {
        self.page.wait_for_h1(h1).await;
        self.look(name).await;
    }

    /// Looks at what is shown now.
    pub(super) async fn look(&self, name: &str) {
        if self.looks == Looks::Little {
            return;
        }
        let faults = self.page.axe().await;
        assert_eq!(faults, "", "axe-core on {name}");
        if self.looks == Looks::Closely {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
            let desktop = folder.join(format!("{name}.png"));
            assert_eq!(self.page.picture(1280, Some(&desktop)).await, 0, "{name} is too wide");
            let phone = folder.join(format!("{name}-phone.png"));
            assert_eq!(self.page.picture(390, Some(&phone)).await, 0, "{name} is too wide for a phone");
            assert_eq!(self.page.picture(320, None).await, 0, "{name} is too wide for 320 pixels");
        }
    }

    /// Fills and sends the sign-in form.
    pub(super) async fn sign_in(&self, identifier: &str, password: &str) {
        self.page.wait_for_h1(SIGN_IN).await;
        self.page.fill("Identifiant", identifier).await;
        self.page.fill("Mot de passe", password).await;
        self.page.click("Connexion").await;
    }

    /// Types the last code sent to this address or number, and presses the button.
    pub(super) async fn give_code(&self, to: &str, button: &str) {
        let code = self.world.code_for(to).await;
        self.page.fill(CODE, &code).await;
        self.page.click(button).await;
    }

    /// From the information page to the form of the details.
    pub(super) async fn begin(&self) {
        self.page.wait_for_h1("Information").await;
        self.page.click("Je configure mon compte portail").await;
        self.page.wait_for_h1(DETAILS).await;
    }

    /// From the information page to the e-mail's code.
    pub(super) async fn fill_details(&self, who: Known) {
        self.begin().await;
        self.page.fill("Email personnel pour la connexion", who.email).await;
        self.page.tick("J'accepte les conditions").await;
        self.page.click("Valider").await;
        self.page.wait_for_h1(EMAIL).await;
    }

    /// The new password, twice.
    pub(super) async fn choose_password(&self) {
        self.page.wait_for_h1(PASSWORD).await;
        self.page.fill("Mot de passe", CHOSEN).await;
        self.page.fill("Confirmation mot de passe", CHOSEN).await;
        self.page.click("Valider").await;
    }

    /// The whole local journey from the sign-in page, without looking; the phone is given or skipped.
    pub(super) async fn activate(&self, who: Known, with_phone: bool) {
        self.sign_in(who.id, who.password).await;
        self.fill_details(who).await;
        self.give_code(who.email, "Valider").await;
        self.choose_password().await;
        self.page.wait_for_h1(PHONE).await;
        if with_phone {
            self.give_code(who.phone, "Envoyer").await;
        } else {
            self.page.click("Ignorer cette étape").await;
        }
        self.page.wait_for_h1(ORGANISATION).await;
        self.page.click("Valider").await;
        self.page.wait_for_h1(FINISHED).await;
    }

    /// From the button of Pro Santé Connect to the simulator's choice of person.
    pub(super) async fn to_simulator(&self) {
        self.page.click(PSC).await;
        self.page.wait_for_h1("Connectez-vous").await;
        self.page.wait_for_url(&self.world.wallet()).await;
    }

    /// Signs in at the simulator with the phone application.
    pub(super) async fn prove(&self, who: &str) {
        self.page.pick_radio(who).await;
        self.page.click("Se connecter avec e-CPS").await;
        self.page.wait_for_h1("Authentification").await;
        let text = self.page.text().await;
        let shown = |line: &&str| line.len() == 2 && line.bytes().all(|byte| byte.is_ascii_digit());
        let code = text.lines().map(str::trim).find(shown).expect("the page shows a two-digit code").to_owned();
        self.page.click(&code).await;
    }

    /// The assertion this browser's requests carry.
    pub(super) async fn assertion(&self) -> serde_json::Value {
        self.world.whoami(&self.page).await.expect("somebody is signed in")
    }

    /// Whether this browser is signed in and activated.
    pub(super) async fn is_in(&self) -> bool {
        self.world.whoami(&self.page).await.is_some()
    }

    /// Signs out by the portal's link.
    pub(super) async fn sign_out(&self) {
        self.goto("/_guichet/deconnexion").await;
        self.page.wait_for_h1("Se déconnecter ?").await;
        self.page.click("Me déconnecter").await;
    }
}
