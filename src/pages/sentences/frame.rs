//! What stands around every page: skip link, help panel, footer, stepper, banners (screens.md 0.1–0.4).

pub const SKIP_LINK: &str = "Aller au contenu";
pub const REQUIRED_NOTE: &str = "Les champs marqués d'un * sont obligatoires.";
pub const HELP: &str = "Besoin d'aide ?";
pub const NEW_WINDOW: &str = "(nouvelle fenêtre)";
pub const TO_CORRECT: &str = "À corriger : ";
pub const TERMS: &str = "Conditions générales";
pub const LEGAL: &str = "Mentions légales";
pub const ACCESSIBILITY: &str = "Accessibilité";
pub const STEPS: &str = "Étapes de l'activation";
pub const STEP_DONE: &str = "(terminée)";
pub const ALL_DONE: &str = "Activation terminée";
pub const MASKED_ADDRESS: &str = "(adresse masquée)";
pub const MASKED_NUMBER: &str = "(numéro masqué)";
pub const DEVELOPMENT: &str = "Mode développement : n'utilisez ici que des données fictives.";
pub const IDLE_WARNING: &str = "Votre session se ferme dans 2 minutes.";
pub const SHOW_PASSWORD: &str = "Afficher";
pub const HIDE_PASSWORD: &str = "Masquer";
pub const CAPS_LOCK: &str = "La touche Verr. Maj est activée.";

/// The local journey's stages (decision 25).
pub const LOCAL_STAGES: [&str; 4] = ["Connexion", "Inscription", "Mot de passe", "Structure"];
/// The Pro Santé Connect journey's stages (decision 25).
pub const PSC_STAGES: [&str; 2] = ["Connexion", "Coordonnées"];

/// "Étape 2 sur 4 : Inscription".
#[must_use]
pub fn stage(number: usize, total: usize, label: &str) -> String {
    format!("Étape {number} sur {total} : {label}")
}

/// "Étape 2 sur 4", for titles.
#[must_use]
pub fn stage_short(number: usize, total: usize) -> String {
    format!("Étape {number} sur {total}")
}

/// "Référence pour l'assistance : {reference}".
#[must_use]
pub fn reference(reference: &str) -> String {
    format!("Référence pour l'assistance : {reference}")
}
