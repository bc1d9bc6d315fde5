//! Letters over a real socket, word by word as a mail client says them, and what becomes of them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what stands here is part of the tests"
)]

use std::sync::Arc;

use axum::response::IntoResponse as _;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::world::{ANA, World};

const ADDRESS: &str = "ana@home.example";

/// A connection to the sandbox's mail server, which ends with it.
struct Mail {
    stream: BufReader<TcpStream>,
    _server: DropGuard,
}

impl Mail {
    async fn of(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let (simulator, token) = (Arc::clone(&world.simulator), stop.clone());
        tokio::spawn(async move { simulator.serve_mail(listener, token).await });
        let mut mail = Self {
            stream: BufReader::new(TcpStream::connect(address).await.unwrap()),
            _server: stop.drop_guard(),
        };
        assert_eq!(mail.hears().await, 220);
        assert_eq!(mail.says("EHLO client").await, 250);
        mail
    }

    /// The code of the next answer, which may have several lines.
    async fn hears(&mut self) -> u16 {
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).await.unwrap() > 0);
            if line.as_bytes()[3] == b' ' {
                return line[..3].parse().unwrap();
            }
        }
    }

    async fn says(&mut self, line: &str) -> u16 {
        self.writes(&format!("{line}\r\n")).await;
        self.hears().await
    }

    async fn writes(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Hands a letter over up to its dot.
    async fn letter(&mut self, to: &str, letter: &str) -> u16 {
        assert_eq!(self.says("MAIL FROM:<coach@gym.example>").await, 250);
        assert_eq!(self.says(&format!("RCPT TO:<{to}>")).await, 250);
        assert_eq!(self.says("DATA").await, 354);
        self.says(&format!("{letter}\r\n.")).await
    }
}

async fn letters(world: &World) -> Vec<Value> {
    let answer = world.control("GET", "/letters", Value::Null).await;
    answer.json().as_array().cloned().unwrap()
}

#[tokio::test]
async fn a_letter_is_on_the_phone_that_has_its_address_and_in_the_ledger() {
    let world = World::new().await;
    let phone = world.phone(ANA, json!({"email": ADDRESS})).await;
    assert_eq!(phone["email"], ADDRESS);
    let mut mail = Mail::of(&world).await;
    let letter = "From: Coach <coach@gym.example>\r\nSubject: =?utf-8?q?Ma=C3=B1ana?=\r\nMessage-ID: <att_7@gym.example>\r\n\
                  \r\nClass is off.\r\n..hidden dot";
    assert_eq!(mail.letter("ANA@home.example", letter).await, 250);
    let thread = world.thread(ANA).await;
    assert_eq!(thread.len(), 1, "{thread:#?}");
    for (field, value) in [
        ("channel", "email"),
        ("direction", "in"),
        ("from", "Coach <coach@gym.example>"),
        ("subject", "Mañana"),
        ("body", "Class is off.\n.hidden dot"),
        ("phone", ANA),
    ] {
        assert_eq!(thread[0][field], value, "{field}");
    }
    let ledger = world.control("GET", "/ledger", Value::Null).await;
    let line: Value = serde_json::from_str(ledger.text().trim()).unwrap();
    assert_eq!(line["attempt"], "att_7");
    assert_eq!(line["verdict"], "accepted");
    assert_eq!(line["to"], "ANA@home.example");
    // Anybody's letters are listed, a reset forgets them, and connections go on.
    assert_eq!(mail.letter("else@home.example", "\r\nx").await, 250);
    let all = letters(&world).await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1]["phone"], Value::Null);
    world.control("POST", "/reset", Value::Null).await;
    assert!(letters(&world).await.is_empty());
    assert_eq!(mail.says("QUIT").await, 221);
}

#[tokio::test]
async fn an_address_says_what_goes_wrong_and_what_is_too_large_is_not_kept() {
    let world = World::new().await;
    let mut mail = Mail::of(&world).await;
    assert_eq!(mail.says("MAIL FROM:<coach@gym.example>").await, 250);
    for (to, code) in [("nobody", 550), ("ana+later", 451), ("full", 452)] {
        let line = format!("RCPT TO:<{to}@home.example>");
        assert_eq!(mail.says(&line).await, code, "{to}");
    }
    assert_eq!(mail.says("DATA").await, 554);
    assert_eq!(mail.says("RSET").await, 250);
    let ledger = world.control("GET", "/ledger", Value::Null).await;
    let codes: Vec<Value> = ledger
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["code"].clone())
        .collect();
    assert_eq!(codes, [550, 451, 452]);

    let large = format!("\r\n{}", "a line of the letter\r\n".repeat(50_000));
    assert_eq!(mail.letter(ADDRESS, &large).await, 552);
    assert!(letters(&world).await.is_empty());
    // Commands may come in one go, and the next letter does not know of the last.
    mail.writes("MAIL FROM:<coach@gym.example>\r\nRCPT TO:<ana@home.example>\r\nDATA\r\n")
        .await;
    assert_eq!(
        (mail.hears().await, mail.hears().await, mail.hears().await),
        (250, 250, 354)
    );
    assert_eq!(mail.says("\r\nshort\r\n.").await, 250);
    assert_eq!(letters(&world).await[0]["body"], "short");

    // Taken, and not a word.
    assert_eq!(mail.says("MAIL FROM:<coach@gym.example>").await, 250);
    assert_eq!(mail.says("RCPT TO:<silent@home.example>").await, 250);
    assert_eq!(mail.says("DATA").await, 354);
    mail.writes("\r\nwhere am I?\r\n.\r\n").await;
    let mut rest = Vec::new();
    assert_eq!(mail.stream.read_to_end(&mut rest).await.unwrap(), 0);
    assert_eq!(letters(&world).await.len(), 2);
}

#[tokio::test]
async fn unsubscribe_is_pressed_as_mail_programs_do_and_only_on_this_machine() {
    let world = World::new().await;
    world.phone(ANA, json!({"email": ADDRESS})).await;
    let mut mail = Mail::of(&world).await;
    let way = |place: &str| {
        format!(
            "List-Unsubscribe: <mailto:no@gym.example>, <{place}>\r\n\
             List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nx"
        )
    };
    let here = way(&format!("{}/email/1", world.hooks));
    for letter in [&here, &way("https://elsewhere.example/1"), "\r\nno way"] {
        assert_eq!(mail.letter(ADDRESS, letter).await, 250);
    }
    let all = letters(&world).await;
    let press = async |letter: &Value| {
        let id = letter["id"].as_str().unwrap();
        let path = format!("/letters/{id}/unsubscribe");
        world.control("POST", &path, Value::Null).await.status
    };
    assert_eq!(press(&all[0]).await, 204);
    let pressed = world.receiver.until(|hook| hook.path == "/email/1").await;
    assert_eq!(pressed.get("List-Unsubscribe"), Some("One-Click"));
    assert_eq!(press(&all[1]).await, 409);
    assert_eq!(press(&all[2]).await, 409);
    world
        .receiver
        .answers(|_| StatusCode::NOT_FOUND.into_response());
    assert_eq!(press(&all[0]).await, 502);
    assert_eq!(press(&json!({"id": "EM1"})).await, 404);
}
