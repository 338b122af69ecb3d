//! The contract of links: one identity, one account, by constraint and not by courtesy.

use tokio::task::JoinSet;

use super::{Shared, fact, full_account, link, new_account, new_text};
use crate::account::{SaveError, State};
use crate::observe::Fact;

pub async fn l06_of_twenty_links_to_one_identity_at_once_one_wins(directory: Shared) {
    let identity = new_text();
    let mut writers = JoinSet::new();
    for _ in 0..20 {
        let (directory, identity) = (directory.clone(), identity.clone());
        let mut account = directory.create(&new_account(State::Active), &[]).await.unwrap();
        writers.spawn(async move {
            account.links.push(link("psc", &identity));
            let facts = [fact(1, Fact::LinkCreated, &account)];
            let saved = directory.save(&account, &facts).await;
            (account.id, saved)
        });
    }
    let results = writers.join_all().await;
    let won: Vec<_> = results.iter().filter_map(|(_, result)| result.as_ref().ok()).collect();
    let lost: Vec<_> = results.iter().filter(|(_, result)| matches!(result, Err(SaveError::LinkTaken))).collect();
    assert_eq!((won.len(), lost.len()), (1, 19));
    assert_eq!(directory.by_link("psc", &identity).await.unwrap().as_ref(), won.first().copied());
    for (id, _) in lost {
        assert_eq!(directory.facts(*id, 10).await.unwrap(), [], "no fact tells of what did not happen");
        assert_eq!(directory.account(*id).await.unwrap().unwrap().links, []);
    }
}

pub async fn l07_identities_that_look_alike_are_not_the_same(directory: Shared) {
    let identity = format!("{}é", new_text());
    let long = format!("{identity}{}", "0".repeat(400));
    let alike = [
        identity.clone(),
        identity.to_uppercase(),
        format!("{identity} "),
        format!(" {identity}"),
        identity.replace('é', "e"),
        identity.replace('é', "e\u{301}"),
        format!("{identity}\u{0}"),
        format!("{identity}\u{200b}"),
        format!("{long}1"),
        format!("{long}2"),
    ];
    let mut owners = Vec::new();
    for national_id in &alike {
        let mut account = new_account(State::Active);
        account.links.push(link("psc", national_id));
        owners.push(directory.create(&account, &[]).await.unwrap());
    }
    let mut elsewhere = new_account(State::Active);
    elsewhere.links.push(link("PSC", &identity));
    let elsewhere = directory.create(&elsewhere, &[]).await.unwrap();
    for (national_id, owner) in alike.iter().zip(&owners) {
        assert_eq!(directory.by_link("psc", national_id).await.unwrap().as_ref(), Some(owner), "{national_id:?}");
    }
    assert_eq!(directory.by_link("PSC", &identity).await.unwrap(), Some(elsewhere));
    assert_eq!(directory.by_link("psc", "").await.unwrap(), None);
    assert_eq!(directory.by_link("ps", &format!("c{identity}")).await.unwrap(), None);
}

pub async fn a_link_removed_is_free_and_a_link_kept_stays(directory: Shared) {
    let mut account = full_account();
    account.links.push(link("other", &new_text()));
    let mut account = directory.create(&account, &[]).await.unwrap();
    let removed = account.links.remove(0).national_id;
    let kept = account.links[0].national_id.clone();
    account.links[0].last_sub = "seen since".to_owned();
    let replaced = new_text();
    account.links.push(link("psc", &replaced));
    let account = directory.save(&account, &[]).await.unwrap();
    assert_eq!(directory.by_link("psc", &removed).await.unwrap(), None);
    assert_eq!(directory.by_link("other", &kept).await.unwrap().as_ref(), Some(&account));
    assert_eq!(directory.by_link("psc", &replaced).await.unwrap().as_ref(), Some(&account));

    let mut next = new_account(State::Active);
    next.links.push(link("psc", &removed));
    let next = directory.create(&next, &[]).await.unwrap();
    assert_eq!(directory.by_link("psc", &removed).await.unwrap(), Some(next));

    // One account, one identity for each provider.
    let mut twice = new_account(State::Active);
    twice.links = vec![link("psc", &new_text()), link("psc", &new_text())];
    assert!(directory.create(&twice, &[]).await.is_err());
    assert_eq!(directory.account(twice.id).await.unwrap(), None);
}

pub async fn a_link_moves_from_one_account_to_another_in_one_act(directory: Shared) {
    let mut from = directory.create(&full_account(), &[]).await.unwrap();
    let mut to = directory.create(&new_account(State::Active), &[]).await.unwrap();
    to.links.append(&mut from.links);
    let moved = [fact(1, Fact::LinkMoved, &to)];
    let stored = directory.save_all(&[(from, Vec::new()), (to, moved.to_vec())]).await.unwrap();
    let identity = stored[1].links[0].national_id.clone();
    assert_eq!(directory.by_link("psc", &identity).await.unwrap().as_ref(), stored.get(1));
    assert_eq!(directory.facts(stored[1].id, 1).await.unwrap(), moved);
}
