//! WebSocket and gRPC between stock peers that no one here wrote: what one sends through the gateway is what the other receives.

use std::net::SocketAddr;

use guichet::config::settings::{Access, Route, UpstreamProtocol};
use serde_json::Value;

use crate::support::gate::{Gate, Person};
use crate::support::settings::{route_for, settings};
use crate::support::tools::{Server, answer, running};

async fn gate(port: u16, protocol: UpstreamProtocol) -> (Gate, Person, String) {
    let upstream = SocketAddr::from(([127, 0, 0, 1], port));
    let mut route = Route { body_bytes: Some(u64::MAX), ..route_for("peer", "/", upstream, Access::Activated) };
    route.upstream.as_mut().unwrap().protocol = protocol;
    let gate = Gate::with(settings(vec![route])).await;
    let zoe = gate.activated().await;
    let cookie = zoe.cookie().trim().trim_start_matches("Cookie: ").to_owned();
    (gate, zoe, cookie)
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn ws_and_websockets_hear_each_other_frame_by_frame() {
    let mut server = Server::start("peers", "websockets_server.py").await;
    let (gate, _zoe, cookie) = gate(server.port, UpstreamProtocol::Http1).await;
    for (deflate, offered) in [("plain", false), ("deflate", true)] {
        let mut client = running("peers", "ws_client.mjs");
        let said = read(&answer(client.args([&gate.address.to_string(), &cookie, deflate])).await);
        assert_eq!(said, serde_json::json!({"code": 4001, "reason": "fini, à bientôt"}));
        let told = read(&server.told().await);
        assert_eq!((&told["code"], &told["reason"]), (&Value::from(4001), &Value::from("fini, à bientôt")));
        assert_eq!(told["pieces"], serde_json::json!([1, 1, 1, 3, 1, 1]), "messages keep their pieces");
        assert_eq!((&told["path"], &told["deflate"]), (&Value::from("/socket?of=ws"), &Value::from(offered)));
        let [assertion] = told["assertion"].as_array().unwrap().as_slice() else { panic!("{told}") };
        gate.verify(assertion.as_str().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn websockets_and_ws_hear_each_other_to_the_end() {
    let server = Server::start("peers", "ws_server.mjs").await;
    let (gate, _zoe, cookie) = gate(server.port, UpstreamProtocol::Http1).await;
    let mut client = running("peers", "websockets_client.py");
    let said = read(&answer(client.args([&gate.address.to_string(), &cookie])).await);
    assert_eq!(said, serde_json::json!({"code": 4002, "reason": "au revoir", "broken": true}));
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_calls_of_every_kind_and_their_failures_arrive_as_they_were_made() {
    let server = Server::start("peers", "grpc_server.py").await;
    let (gate, _zoe, cookie) = gate(server.port, UpstreamProtocol::Http2).await;
    let mut client = running("peers", "grpc_client.py");
    let said = read(&answer(client.args([&gate.address.to_string(), &cookie])).await);
    assert_eq!((&said["length"], &said["cancelled"]), (&Value::from("3"), &Value::from("yes")), "{said}");
    assert_eq!(said["not_found"], serde_json::json!(["NOT_FOUND", "rien à voir"]));
    assert_eq!(
        (&said["deadline"], &said["signed_out"]),
        (&Value::from("DEADLINE_EXCEEDED"), &Value::from("UNAUTHENTICATED"))
    );
    gate.verify(said["assertion"].as_str().unwrap());
}
