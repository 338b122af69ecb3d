//! Words on buttons and links, and what a button says while one waits.
//! Sentence case; CSS prints the capitals of the guide.

pub const VALIDATE: &str = "Valider";
pub const BACK: &str = "Retour";
pub const SKIP: &str = "Ignorer cette étape";
pub const RESEND: &str = "Demander un nouveau code";
pub const RETRY_SEND: &str = "Réessayer l'envoi";
pub const SIGN_IN: &str = "Connexion";
pub const FORGOTTEN: &str = "Mot de passe oublié ?";
pub const RECEIVE: &str = "Recevoir le code";
pub const OTHERWISE: &str = "Recevoir le code autrement";
pub const SEND: &str = "Envoyer";
pub const SEND_CODE: &str = "Envoyer le code";
pub const CHANGE: &str = "Modifier";
pub const OPEN_SPACE: &str = "Accéder à votre espace client";
pub const CONFIRM: &str = "Confirmer";
pub const RETRY: &str = "Réessayer";
pub const RESTART: &str = "Recommencer";
pub const SIGN_OUT: &str = "Me déconnecter";
pub const STAY: &str = "Rester connecté";
pub const SIGN_IN_AGAIN: &str = "Me connecter à nouveau";
pub const TO_SIGN_IN: &str = "Retour à la connexion";
pub const BACK_TO_SIGN_IN: &str = "Revenir à la connexion";
pub const LINK_ACCOUNT: &str = "Rattacher mon compte";
pub const WITHOUT_LINK: &str = "Continuer sans rattacher";
pub const OTHER_ACCOUNT: &str = "Essayer un autre compte";
pub const THIS_ACCOUNT: &str = "Continuer avec ce compte";
pub const FREEZE: &str = "Bloquer l'activation";
pub const DO_NOT_FREEZE: &str = "C'est bien moi, ne rien bloquer";
pub const ADD_PHONE: &str = "Ajouter un numéro de portable";
pub const CHANGE_EMAIL: &str = "Modifier mon adresse e-mail";
pub const CHANGE_PHONE: &str = "Modifier mon numéro de téléphone";
pub const CONTACT: &str = "Contactez-nous";

/// "Je configure mon compte portail".
#[must_use]
pub fn configure(portal: &str) -> String {
    format!("Je configure mon compte {portal}")
}

/// "Revenir à l'accueil du portail".
#[must_use]
pub fn home(portal: &str) -> String {
    format!("Revenir à l'accueil du {portal}")
}

/// Words of a pressed button (screens.md 0.8).
pub mod waiting {
    pub const SIGN_IN: &str = "Connexion…";
    pub const SEND: &str = "Envoi…";
    pub const SEND_LONG: &str = "Envoi en cours…";
    pub const SAVE: &str = "Enregistrement…";
    pub const CHECK: &str = "Vérification…";
    pub const MOMENT: &str = "Un instant…";
}
