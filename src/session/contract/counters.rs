//! The contract of counters: whatever the parallelism, a budget is a budget.

use std::time::Duration;

use tokio::task::JoinSet;

use super::{Shared, at, new_name};
use crate::session::{Rule, Verdict};

const LADDER: Rule = Rule::Ladder { free: 5, per_day: 25 };

fn five_an_hour() -> Rule {
    Rule::Window { limit: 5, per: Duration::from_secs(3_600) }
}

pub async fn o01_a_hundred_guesses_at_once_are_granted_five_times(store: Shared) {
    for rule in [five_an_hour(), LADDER] {
        let counter = new_name("code");
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (store, counter) = (store.clone(), counter.clone());
            tasks.spawn(async move { store.take(&counter, rule, at(0)).await.unwrap() });
        }
        let mut granted: Vec<u32> = tasks
            .join_all()
            .await
            .into_iter()
            .filter_map(|verdict| match verdict {
                Verdict::Granted { taken } => Some(taken),
                Verdict::Refused { .. } => None,
            })
            .collect();
        granted.sort_unstable();
        assert_eq!(granted, [1, 2, 3, 4, 5]);
    }
}

pub async fn o01_guesses_whose_caller_went_away_are_counted_if_granted(store: Shared) {
    let counter = new_name("code");
    let granted = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    for patience in 0..60 {
        let (store, counter, granted) = (store.clone(), counter.clone(), granted.clone());
        let guess = tokio::spawn(async move {
            if let Verdict::Granted { .. } = store.take(&counter, five_an_hour(), at(0)).await.unwrap() {
                granted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        });
        for _ in 0..patience * 20 {
            tokio::task::yield_now().await;
        }
        guess.abort();
        // Whether it was cut or had finished is all the same here.
        drop(guess.await);
    }
    assert!(granted.load(std::sync::atomic::Ordering::SeqCst) <= 5);
    let spent = store.take(&counter, Rule::Window { limit: 0, per: Duration::from_secs(3_600) }, at(1)).await.unwrap();
    assert!(matches!(spent, Verdict::Refused { .. }), "the store still answers");
}

pub async fn a_counter_gives_back_and_forgets(store: Shared) {
    let (counter, other) = (new_name("password"), new_name("password"));
    store.give_back(&counter, LADDER).await.unwrap();
    store.reset(&counter).await.unwrap();
    for taken in 1..=5 {
        assert_eq!(store.take(&counter, LADDER, at(0)).await.unwrap(), Verdict::Granted { taken });
    }
    assert_eq!(store.take(&counter, LADDER, at(1)).await.unwrap(), Verdict::Refused { until: at(60), day_cap: false });
    store.give_back(&counter, LADDER).await.unwrap();
    assert_eq!(store.take(&counter, LADDER, at(2)).await.unwrap(), Verdict::Granted { taken: 5 });
    assert_eq!(store.take(&other, LADDER, at(2)).await.unwrap(), Verdict::Granted { taken: 1 });
    store.reset(&counter).await.unwrap();
    assert_eq!(store.take(&counter, LADDER, at(3)).await.unwrap(), Verdict::Granted { taken: 1 });
    assert_eq!(store.take(&other, LADDER, at(3)).await.unwrap(), Verdict::Granted { taken: 2 });
}

pub async fn a_counter_starts_over_after_its_window(store: Shared) {
    let counter = new_name("sends");
    for taken in 1..=5 {
        let verdict = store.take(&counter, five_an_hour(), at(i64::from(taken))).await.unwrap();
        assert_eq!(verdict, Verdict::Granted { taken });
    }
    store.sweep(at(3_600)).await.unwrap();
    let full = Verdict::Refused { until: at(3_601), day_cap: false };
    assert_eq!(store.take(&counter, five_an_hour(), at(3_600)).await.unwrap(), full);
    assert_eq!(store.take(&counter, five_an_hour(), at(3_601)).await.unwrap(), Verdict::Granted { taken: 1 });
}

pub async fn counters_and_records_take_any_text_as_a_name(store: Shared) {
    for text in ["' OR 1=1 --", "é\u{301}", "É", "%_*?[a]", "nul\u{0}nul", "a\r\nb", "🏥"] {
        let name = new_name(text);
        assert_eq!(store.take(&name, LADDER, at(0)).await.unwrap(), Verdict::Granted { taken: 1 }, "{text}");
        assert!(store.put_record(&name, None, b"x", at(60), at(0)).await.unwrap(), "{text}");
        let upper = name.to_uppercase();
        if upper != name {
            assert_eq!(store.record(&upper, at(1)).await.unwrap(), None, "names are compared byte by byte: {text}");
        }
        assert!(store.consume(&name, at(60), at(0)).await.unwrap(), "{text}");
    }
}
