//! Rotation of the signing key.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::world::{ISSUER, World};

async fn published(world: &mut World) -> Vec<String> {
    let keys = world.get(&format!("{ISSUER}/protocol/openid-connect/certs")).await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(tokens: &Value) -> String {
    jsonwebtoken::decode_header(tokens["id_token"].as_str().unwrap()).unwrap().kid.unwrap()
}

#[tokio::test]
async fn a_new_key_signs_at_once_and_the_former_stays_published_or_is_gone() {
    let mut world = World::new();
    let first = world.tokens_of("infirmiere").await;
    assert_eq!(published(&mut world).await, [kid(&first)]);

    let second_kid = world.control(Method::POST, "keys", None).await.json()["kid"].as_str().unwrap().to_owned();
    assert_eq!(published(&mut world).await, [second_kid.clone(), kid(&first)]);
    let second = world.refresh(&first).await.json();
    assert_eq!(kid(&second), second_kid);

    world.control(Method::POST, "keys", Some(json!({ "keep_former": false }))).await;
    let left = published(&mut world).await;
    assert!(left.len() == 1 && left[0] != second_kid, "{left:?}");
    let logout = format!("{ISSUER}/protocol/openid-connect/logout");
    let hint = second["id_token"].as_str().unwrap();
    let out = Url::parse_with_params(&logout, [("id_token_hint", hint)]).unwrap();
    assert_eq!(world.get(out.as_str()).await.status, StatusCode::BAD_REQUEST, "signed by a key that is gone");
    let wrong = world.control(Method::POST, "keys", Some(json!({ "former": 1 }))).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
