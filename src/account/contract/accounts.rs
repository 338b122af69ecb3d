//! The contract of accounts: created, found, saved by version, unique where they must be.

use tokio::task::JoinSet;

use super::{Shared, at, fact, full_account, new_account, new_email, new_rpps, new_text};
use crate::account::{SaveError, Source, SourcedRpps, State};
use crate::identity::Email;
use crate::observe::Fact;

pub async fn an_account_comes_back_as_it_was_created(directory: Shared) {
    let mut account = full_account();
    assert_eq!(directory.account(account.id).await.unwrap(), None);
    let stored = directory.create(&account, &[]).await.unwrap();
    account.version = 1;
    assert_eq!(stored, account);
    assert_eq!(directory.account(account.id).await.unwrap().as_ref(), Some(&account));
    let again = directory.create(&new_with_id(&account), &[]).await.unwrap_err();
    assert!(matches!(again, SaveError::Changed), "{again}");
    assert_eq!(directory.account(account.id).await.unwrap(), Some(account));
}

fn new_with_id(account: &crate::account::Account) -> crate::account::Account {
    crate::account::Account { id: account.id, ..new_account(State::Imported) }
}

pub async fn an_account_is_found_by_what_it_signs_in_with(directory: Shared) {
    let account = directory.create(&full_account(), &[]).await.unwrap();
    let email = account.sign_in_email.clone().unwrap();
    let legacy_id = account.legacy_id.clone().unwrap();
    let national_id = account.links[0].national_id.clone();
    assert_eq!(directory.by_sign_in_email(&email).await.unwrap().as_ref(), Some(&account));
    assert_eq!(directory.by_legacy_id(&legacy_id).await.unwrap().as_ref(), Some(&account));
    assert_eq!(directory.by_link("psc", &national_id).await.unwrap().as_ref(), Some(&account));
    assert_eq!(directory.by_sign_in_email(&new_email()).await.unwrap(), None);
    let contact = account.contact_email.unwrap().value;
    assert_eq!(directory.by_sign_in_email(&contact).await.unwrap(), None, "a contact address does not sign in");
    for other in [legacy_id.to_lowercase(), format!("{legacy_id} "), legacy_id.replace('É', "E"), String::new()] {
        assert_eq!(directory.by_legacy_id(&other).await.unwrap(), None, "{other}");
    }
}

pub async fn a_saved_account_is_a_new_version_and_the_older_writer_loses(directory: Shared) {
    let created = directory.create(&full_account(), &[]).await.unwrap();
    let mut account = created.clone();
    account.epoch += 1;
    account.state = State::Disabled;
    account.person.family_name = Some("MARTIN".to_owned());
    account.updated_at = at(60);
    let saved = directory.save(&account, &[]).await.unwrap();
    account.version = 2;
    assert_eq!(saved, account);
    let late = directory.save(&created, &[]).await.unwrap_err();
    assert!(matches!(late, SaveError::Changed), "{late}");
    assert_eq!(directory.account(account.id).await.unwrap(), Some(account));
}

pub async fn of_twenty_saves_at_once_one_wins(directory: Shared) {
    let account = directory.create(&full_account(), &[]).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..20 {
        let (directory, mut account) = (directory.clone(), account.clone());
        account.reminded_at = Some(at(writer));
        writers.spawn(async move { directory.save(&account, &[]).await });
    }
    let results = writers.join_all().await;
    let won: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    let lost = results.iter().filter(|result| matches!(result, Err(SaveError::Changed))).count();
    assert_eq!((won.len(), lost), (1, 19));
    assert_eq!(directory.account(account.id).await.unwrap().as_ref(), won.first().copied());
}

pub async fn an_account_that_is_not_there_is_not_saved(directory: Shared) {
    for version in [0, 1, -1, i64::MAX] {
        let mut account = full_account();
        account.version = version;
        let refused = directory.save(&account, &[]).await.unwrap_err();
        assert!(matches!(refused, SaveError::Changed), "{refused}");
        assert_eq!(directory.account(account.id).await.unwrap(), None);
    }
}

pub async fn of_twenty_claims_of_an_email_at_once_one_wins(directory: Shared) {
    let email = new_email();
    let mut writers = JoinSet::new();
    for writer in 0..20 {
        let (directory, email) = (directory.clone(), email.clone());
        writers.spawn(async move {
            let mut account = new_account(State::Activating);
            if writer % 2 == 0 {
                account = directory.create(&account, &[]).await.unwrap();
                account.sign_in_email = Some(email);
                return directory.save(&account, &[]).await;
            }
            account.sign_in_email = Some(email);
            directory.create(&account, &[]).await
        });
    }
    let results = writers.join_all().await;
    let won: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    let lost = results.iter().filter(|result| matches!(result, Err(SaveError::EmailTaken))).count();
    assert_eq!((won.len(), lost), (1, 19));
    assert_eq!(directory.by_sign_in_email(&email).await.unwrap().as_ref(), won.first().copied());
}

pub async fn an_email_given_up_can_be_claimed(directory: Shared) {
    let mut first = directory.create(&full_account(), &[]).await.unwrap();
    let email: Email = first.sign_in_email.take().unwrap();
    let mut second = new_account(State::Activating);
    second.sign_in_email = Some(email.clone());
    assert!(matches!(directory.create(&second, &[]).await, Err(SaveError::EmailTaken)));
    assert_eq!(directory.account(second.id).await.unwrap(), None, "nothing of a refused account is left");
    directory.save(&first, &[]).await.unwrap();
    let second = directory.create(&second, &[]).await.unwrap();
    assert_eq!(directory.by_sign_in_email(&email).await.unwrap(), Some(second));
}

pub async fn a_legacy_identifier_belongs_to_one_account(directory: Shared) {
    let first = directory.create(&full_account(), &[]).await.unwrap();
    let mut second = new_account(State::Imported);
    second.legacy_id = first.legacy_id;
    assert!(matches!(directory.create(&second, &[]).await, Err(SaveError::LegacyIdTaken)));
    second.legacy_id = None;
    let mut second = directory.create(&second, &[]).await.unwrap();
    directory.create(&new_account(State::Imported), &[]).await.unwrap();
    second.legacy_id = Some(new_text());
    directory.save(&second, &[]).await.unwrap();
}

pub async fn an_rpps_may_be_held_by_several_accounts(directory: Shared) {
    let rpps = new_rpps();
    let mut created = Vec::new();
    for source in [Source::Import, Source::Import, Source::Declared] {
        let mut account = new_account(State::Imported);
        account.rpps = Some(SourcedRpps { value: rpps.clone(), source });
        created.push(directory.create(&account, &[]).await.unwrap());
    }
    created.sort_by_key(|account| account.id);
    assert_eq!(directory.by_rpps(&rpps).await.unwrap(), created);
    let mut changed = created[0].clone();
    changed.rpps = None;
    directory.save(&changed, &[]).await.unwrap();
    assert_eq!(directory.by_rpps(&rpps).await.unwrap(), created[1..]);
}

pub async fn many_are_written_all_or_none(directory: Shared) {
    let mut known = directory.create(&full_account(), &[]).await.unwrap();
    known.reminded_at = Some(at(9));
    let batch: Vec<_> = (0..50)
        .map(|_| full_account())
        .map(|account| (account.clone(), vec![fact(1, Fact::AccountImported, &account)]))
        .chain([(known.clone(), Vec::new())])
        .collect();
    let stored = directory.save_all(&batch).await.unwrap();
    assert_eq!(stored.len(), 51);
    for account in &stored {
        assert_eq!(directory.account(account.id).await.unwrap().as_ref(), Some(account));
    }
    assert_eq!((stored[0].version, stored[50].version), (1, 2));
    assert_eq!(directory.facts(stored[49].id, 10).await.unwrap().len(), 1);

    let good = full_account();
    let mut bad = full_account();
    bad.legacy_id = stored[0].legacy_id.clone();
    let batch = [(good.clone(), vec![fact(1, Fact::AccountImported, &good)]), (bad, Vec::new())];
    assert!(matches!(directory.save_all(&batch).await, Err(SaveError::LegacyIdTaken)));
    assert_eq!(directory.account(good.id).await.unwrap(), None);
    assert_eq!(directory.facts(good.id, 10).await.unwrap(), []);
    assert!(matches!(directory.save_all(&[(known, Vec::new())]).await, Err(SaveError::Changed)));
    assert_eq!(directory.save_all(&[]).await.unwrap(), []);
}

pub async fn an_email_moves_within_one_transaction(directory: Shared) {
    let mut first = directory.create(&full_account(), &[]).await.unwrap();
    let mut second = directory.create(&new_account(State::Activating), &[]).await.unwrap();
    second.sign_in_email = first.sign_in_email.take();
    let stored = directory.save_all(&[(first, Vec::new()), (second, Vec::new())]).await.unwrap();
    let email = stored[1].sign_in_email.clone().unwrap();
    assert_eq!(directory.by_sign_in_email(&email).await.unwrap(), Some(stored[1].clone()));
}

pub async fn accounts_are_listed_in_order_by_pages_and_by_state(directory: Shared) {
    let mark = new_text();
    let mut created = Vec::new();
    for number in 0..7 {
        let mut account = new_account(if number < 4 { State::Imported } else { State::Active });
        account.person.family_name = Some(format!("Nom {mark}"));
        created.push(directory.create(&account, &[]).await.unwrap());
    }
    created.sort_by_key(|account| account.id);
    let text = Some(mark.as_str());
    assert_eq!(directory.list(None, text, None, 100).await.unwrap(), created);
    assert_eq!(directory.list(None, text, None, 3).await.unwrap(), created[..3]);
    assert_eq!(directory.list(None, text, Some(created[2].id), 3).await.unwrap(), created[3..6]);
    assert_eq!(directory.list(None, text, Some(created[6].id), 3).await.unwrap(), []);
    assert_eq!(directory.list(None, text, None, 0).await.unwrap(), []);
    let imported = directory.list(Some(State::Imported), text, None, 100).await.unwrap();
    assert_eq!(imported.len(), 4);
    assert!(imported.iter().all(|account| account.state == State::Imported));
    assert_eq!(directory.list(Some(State::Disabled), text, None, 100).await.unwrap(), []);
    assert!(directory.list(None, None, None, 100).await.unwrap().len() >= 7);
}

pub async fn accounts_are_found_by_what_the_help_desk_knows(directory: Shared) {
    let mut account = full_account();
    let mark = new_text();
    account.person.family_name = Some(format!("Ève-{mark}"));
    let account = directory.create(&account, &[]).await.unwrap();
    let rpps = account.rpps.as_ref().unwrap().value.as_str().to_owned();
    for known in [
        account.id.to_string(),
        account.legacy_id.clone().unwrap(),
        account.sign_in_email.as_ref().unwrap().as_str().to_uppercase(),
        account.contact_email.as_ref().unwrap().value.as_str().to_owned(),
        format!(" eve-{mark} "),
        format!("ÈVE-{}", &mark[..20]),
    ] {
        let found = directory.list(None, Some(&known), None, 10).await.unwrap();
        assert!(found.contains(&account), "{known}");
    }
    assert!(directory.list(None, Some(&rpps), None, 1_000).await.unwrap().contains(&account));
    for wildcard in [format!("%{mark}%"), format!("{mark}' OR '1'='1"), format!("_{}", &mark[1..])] {
        assert_eq!(directory.list(None, Some(&wildcard), None, 10).await.unwrap(), [], "{wildcard}");
    }
}
