//! The menu of faults.

use http::StatusCode;

use super::world::{ISSUER, World, claims};

#[tokio::test]
async fn every_fault_of_the_menu_shows() {
    for (fault, error) in [
        ("server_error", "server_error"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("invalid_scope", "invalid_scope"),
    ] {
        let mut world = World::new();
        let page = world.start().await;
        let back = world.post(&format!("{page}/ecps"), &[("professionnel", "infirmiere"), ("panne", fault)]).await;
        assert_eq!(back.parameter("error").as_deref(), Some(error));
    }
    let mut world = World::new();
    assert_eq!(world.sign_in("infirmiere", "state_vide").await.parameter("state").as_deref(), Some(""));
    let mut world = World::new();
    assert_ne!(world.sign_in("infirmiere", "emetteur_retour").await.parameter("iss").as_deref(), Some(ISSUER));

    for fault in ["jeton_500", "jeton_lent", "nonce", "emetteur", "userinfo_500", "userinfo_sub"] {
        let mut world = World::new();
        let code = world.sign_in("infirmiere", fault).await.parameter("code").unwrap();
        let patience = std::time::Duration::from_millis(if fault == "jeton_lent" { 50 } else { 30_000 });
        let Ok(answer) = tokio::time::timeout(patience, world.redeem(&code)).await else {
            assert_eq!(fault, "jeton_lent");
            continue;
        };
        match fault {
            "jeton_500" => assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR),
            "nonce" => assert_ne!(claims(&answer.json())["nonce"], "nonce-1"),
            "emetteur" => assert_ne!(claims(&answer.json())["iss"], ISSUER),
            "userinfo_500" => {
                let access = answer.json()["access_token"].as_str().unwrap().to_owned();
                assert_eq!(world.userinfo(&access).await.status, StatusCode::INTERNAL_SERVER_ERROR);
            }
            "userinfo_sub" => {
                let tokens = answer.json();
                let info = world.userinfo(tokens["access_token"].as_str().unwrap()).await.json();
                assert_ne!(info["sub"], claims(&tokens)["sub"]);
            }
            other => panic!("{other}"),
        }
    }
}
