//! Passwords that everybody chooses: a list of our own making, French first, compared without the usual disguises.

use crate::identity::folded;

/// Words and walks over the keyboard, folded (lower case, no accents).
const COMMON: &str = "\
    motdepasse motpasse monmotdepasse mdp mdpasse password passe pass passw secret secrete sesame \
    ouvretoi login admin administrateur administrator root user utilisateur compte invite guest test \
    essai demo changeme changer changezmoi temporaire provisoire defaut default welcome bienvenue \
    letmein connexion bonjour bonsoir coucou salut hello merci azerty azertyui azertyuiop azer azert \
    qsdf qsdfg qsdfgh qsdfghjklm wxcv wxcvb wxcvbn qwerty qwertz qwertyuiop asdf asdfgh asdfghjkl zxcvbn \
    zxcvbnm aqwzsx aqwzsxedc azeqsd azeqsdwxc azqswx qaz qazwsx poiuytreza mlkjhgfdsq nbvcxw abc abcd \
    abcde abcdef abcdefg abcdefgh abcdefghij iloveyou aaaa zzzz xxxx jetaime jtm monamour amour moncoeur \
    coeur mavie cheri cherie doudou chouchou loulou minou bebe bisous bisou calin tendresse princesse \
    prince poupette titi toto tata papa maman famille mamour lapin nounours mignon ange bijou chipie \
    coquine filou soleil etoile lune fleur rose chocolat nutella cafe fromage vacances plage mer \
    printemps ete automne hiver janvier fevrier mars avril mai juin juillet aout septembre octobre \
    novembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche noel anniversaire liberte \
    bonheur espoir musique maison voiture moto velo ordinateur internet google facebook windows \
    microsoft iphone samsung dragon tigre dauphin cheval chat chaton chien chienne papillon licorne \
    panda superman batman pokemon starwars france paris marseille lyon toulouse bordeaux lille nantes \
    nice strasbourg bretagne corse normandie reunion guadeloupe martinique psg om olympique \
    olympiquedemarseille zidane ronaldo mbappe football rugby nicolas julien thomas camille marine \
    pauline isabelle sandrine nathalie veronique christine catherine sylvie valerie stephanie celine \
    sophie philippe pierre michel alain patrick laurent david sebastien alexandre antoine mathieu \
    caroline melanie laura lea manon chloe emma lucas hugo louis arthur jules gabriel docteur medecin \
    infirmier infirmiere pharmacie pharmacien pharmacienne dentiste sagefemme kine kinesitherapeute \
    orthophoniste opticien optique lunettes sante hopital clinique cabinet cabinetmedical medical \
    medicament ordonnance patient patients soin soins vitale cartevitale carte cps ecps cpam ameli secu \
    securite assurance maladie mutuelle teletransmission facture facturation portail resoflux rplus \
    rplussante prosante prosanteconnect urgence urgences samu ambulance chirurgie chirurgien stethoscope \
    monkey football baseball sunshine princess master shadow superstar trustno whatever freedom charlie \
    michael jordan summer winter spring autumn flower lovely loveme killer pepper ginger cookie matrix \
    computer passport hunter soccer george jessica \
";

/// Whether nothing is left but one or two common words once digits and signs around them, repetition and leet are taken away.
pub(super) fn is_common(password: &str) -> bool {
    let folded = folded(password);
    let core = folded.trim_matches(|c: char| !c.is_alphabetic());
    // "p@ssw0rd" has signs inside that are letters; at its ends they could be either, so both readings are tried.
    let unleeted = unleet(&folded);
    let unleeted_core = unleet(core);
    let unleeted_head = unleet(folded.trim_end_matches(|c: char| !c.is_alphabetic()));
    [core, &unleeted, &unleeted_core, &unleeted_head]
        .into_iter()
        .map(|text| text.chars().filter(|c| c.is_alphabetic()).collect::<String>())
        .any(|letters| is_one_or_two_words(&letters))
        || is_one_or_two_words(&folded.chars().filter(|c| c.is_alphanumeric()).collect::<String>())
}

/// Digits and signs written for letters, as letters.
pub(super) fn unleet(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' | '|' => 'i',
            '3' | '€' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' | '+' => 't',
            '8' => 'b',
            '9' => 'g',
            _ => c,
        })
        .collect()
}

fn is_one_or_two_words(letters: &str) -> bool {
    if letters.is_empty() {
        // Digits and signs alone: any guesser begins there.
        return true;
    }
    let unit = repeated_unit(letters);
    let again_and_again = unit.len() < letters.len() && unit.chars().count() <= 3;
    again_and_again
        || is_word(unit)
        || unit.char_indices().skip(1).any(|(at, _)| {
            let (head, tail) = unit.split_at_checked(at).unwrap_or((unit, ""));
            is_word(head) && is_word(tail)
        })
}

fn is_word(text: &str) -> bool {
    COMMON.split_whitespace().any(|word| word == text)
}

/// The shortest text whose repetition gives this one: "azertyazerty" → "azerty".
fn repeated_unit(text: &str) -> &str {
    text.char_indices()
        .skip(1)
        .filter_map(|(at, _)| text.get(..at))
        .find(|unit| text.len().is_multiple_of(unit.len()) && unit.repeat(text.len() / unit.len()) == text)
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_behind_their_disguises() {
        for password in [
            "MotDePasse!!",
            "m0td3p4ss3",
            "$oleil2024",
            "2024Azerty2024",
            "azertyAZERTY",
            "Jetaime-Doudou",
            "p@ssw0rd",
            "12345678901",
        ] {
            assert!(is_common(password), "{password}");
        }
        for password in ["Vif-poney-4217", "soleil fromage brume", "Anticonstitutionnel1"] {
            assert!(!is_common(password), "{password}");
        }
    }

    #[test]
    fn every_entry_is_written_folded() {
        for word in COMMON.split_whitespace() {
            assert_eq!(word, folded(word));
            assert!(word.chars().all(|c| c.is_ascii_lowercase()), "{word}");
        }
    }
}
