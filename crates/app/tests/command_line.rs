//! The commands as a shell runs them: output, order, exit codes.
#![expect(clippy::unwrap_used, reason = "a test may fail where it likes")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// Runs the binary in an empty directory, without settings of this process, with these lines.
fn gymtext(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_gymtext"))
        .args(arguments)
        .current_dir(directory.path())
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn fact(name: &str) -> Value {
    let path = format!("{}/../../fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn segments_answers_every_vector_in_order() {
    let vectors = fact("sms-segments.json");
    let vectors = vectors["vectors"].as_array().unwrap();
    let input: String = vectors
        .iter()
        .map(|v| {
            json!({ "text": v["text"], "smart_encoding": v["smart_encoding"] }).to_string() + "\n"
        })
        .collect();
    let output = gymtext(&["segments", "--json"], &[], &input);
    assert!(output.status.success(), "{}", err(&output));
    let answers: Vec<Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), vectors.len());
    for (vector, answer) in vectors.iter().zip(&answers) {
        let wanted = json!({ "encoding": vector["encoding"], "units": vector["units"], "segments": vector["segments"] });
        assert_eq!(answer, &wanted, "{}", vector["name"]);
    }
}

#[test]
fn signature_answers_every_vector_and_never_says_the_right_one() {
    let vectors = fact("twilio-signatures.json");
    let vectors = vectors["vectors"].as_array().unwrap();
    let input: String = vectors
        .iter()
        .map(|vector| vector.to_string() + "\n")
        .collect();
    let output = gymtext(&["signature", "--json"], &[], &input);
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    let answers: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), vectors.len());
    for (vector, answer) in vectors.iter().zip(&answers) {
        assert_eq!(
            answer["valid"], vector["expect_valid"],
            "{}",
            vector["name"]
        );
        assert_eq!(
            answer["why"].is_null(),
            vector["expect_valid"] == true,
            "{}",
            vector["name"]
        );
    }
    assert!(!said.contains('='), "a signature ends with `=`");
}

#[test]
fn lines_that_are_not_understood_are_answered_in_their_place() {
    let input =
        "{\"number\":\"(81) 98765-4321\",\"country\":\"br\"}\nnonsense\n\n{\"number\":\"12\"}\n";
    let output = gymtext(&["phone", "--json"], &[], input);
    assert_eq!(output.status.code(), Some(2));
    let answers: Vec<Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["e164"], "+5581987654321");
    assert_eq!(answers[0]["kind"], "mobile");
    assert!(answers[1]["error"].is_string());
    assert_eq!(answers[2]["valid"], false);
    assert!(answers[2]["why"].is_string());
}

#[test]
fn a_no_is_1_and_bad_input_is_2() {
    assert_eq!(
        gymtext(&["phone", "+14155550123"], &[], "").status.code(),
        Some(0)
    );
    assert_eq!(gymtext(&["phone", "12"], &[], "").status.code(), Some(1));
    assert_eq!(
        gymtext(&["phone", "12", "--country", "Brazil"], &[], "")
            .status
            .code(),
        Some(2)
    );
    assert_eq!(gymtext(&["nonsense"], &[], "").status.code(), Some(2));
    assert_eq!(gymtext(&["--help"], &[], "").status.code(), Some(0));
    let signed = [
        "signature",
        "--url",
        "https://a.example/",
        "--signature",
        "AAAA",
    ];
    assert_eq!(
        gymtext(&signed, &[("TWILIO_AUTH_TOKEN", "12345")], "")
            .status
            .code(),
        Some(1)
    );
    assert_eq!(gymtext(&signed, &[], "").status.code(), Some(2));
}

#[test]
fn serve_refuses_with_everything_that_is_wrong() {
    let output = gymtext(
        &["serve"],
        &[
            ("GYMTEXT_LEASE", "1"),
            ("WHATSAPP_TEMPLATE_WELCOME", "welcome"),
        ],
        "",
    );
    assert_eq!(output.status.code(), Some(2));
    let said = err(&output);
    for name in [
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "PUBLIC_URL",
        "GYMTEXT_LEASE",
        "WHATSAPP_TEMPLATE_WELCOME",
    ] {
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[test]
fn a_point_to_die_at_must_exist() {
    let environment = [
        ("GYMTEXT_PROVIDER", "local"),
        ("GYMTEXT_ABORT_AT", "nowhere:1"),
    ];
    let output = gymtext(&["serve"], &environment, "");
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
}

#[test]
fn config_hides_secrets_and_says_where_values_come_from() {
    let environment = [
        ("TWILIO_AUTH_TOKEN", "00112233445566778899"),
        ("GYMTEXT_CALLS_MAX", "7"),
    ];
    let output = gymtext(&["config", "--json"], &environment, "");
    assert_eq!(output.status.code(), Some(1), "settings are missing");
    let said = out(&output);
    assert!(!said.contains("00112233"));
    let answer: Value = serde_json::from_str(&said).unwrap();
    let of = |name: &str| {
        let settings = answer["settings"].as_array().unwrap();
        settings
            .iter()
            .find(|setting| setting["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        of("GYMTEXT_CALLS_MAX"),
        json!({ "name": "GYMTEXT_CALLS_MAX", "value": "7", "from": "environment" })
    );
    assert_eq!(of("GYMTEXT_LEASE")["from"], "default");
}

#[test]
fn migrations_go_up_down_and_up_again() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("a/b.db").display());
    let environment = [("DATABASE_URL", url.as_str())];
    let run = |arguments: &[&str]| gymtext(arguments, &environment, "");
    assert_eq!(
        run(&["migrate", "status"]).status.code(),
        Some(2),
        "there is no database yet"
    );
    let up = run(&["migrate", "up", "--json"]);
    assert!(up.status.success(), "{}", err(&up));
    let count = serde_json::from_str::<Value>(&out(&up)).unwrap()["applied"].clone();
    assert_eq!(
        run(&["migrate", "down"]).status.code(),
        Some(2),
        "asks for --yes"
    );
    let down = run(&["migrate", "down", "--steps", "99", "--yes", "--json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&out(&down)).unwrap()["taken_back"],
        count,
        "{}",
        err(&down)
    );
    assert!(run(&["migrate", "up"]).status.success());
    let status = run(&["migrate", "status", "--json"]);
    let lines: Value = serde_json::from_str(&out(&status)).unwrap();
    assert!(
        lines
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line["applied_at"].is_string())
    );
}

#[test]
fn a_client_without_a_service_says_what_to_do() {
    let output = gymtext(
        &[
            "members",
            "list",
            "--url",
            "http://127.0.0.1:9",
            "--key",
            "demo-key",
        ],
        &[],
        "",
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("is it running?"), "{}", err(&output));
    let output = gymtext(&["send", "--to", "+14155550123", "Hi"], &[], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("GYMTEXT_API_KEY"), "{}", err(&output));
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let output = gymtext(&["completions", shell], &[], "");
        assert!(
            output.status.success() && out(&output).contains("sandbox"),
            "{shell}"
        );
    }
}

#[test]
fn templates_are_judged_with_rule_mend_and_an_exit_code() {
    let shipped = gymtext(&["templates", "lint"], &[], "");
    assert_eq!(shipped.status.code(), Some(0), "{}", err(&shipped));
    assert_eq!(
        out(&shipped),
        "7 templates, 21 texts: 0 errors, 0 warnings\n"
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let file = |text: &str| std::fs::write(folder.path().join("tip.toml"), text).unwrap();
    let tip = "category = \"utility\"\n[[variables]]\nname = \"name\"\nkind = \"name\"\n[languages.en]\n\
        body = \"{{1}}, a tip from your coach.\"\nsamples = [\"Ana\"]\n";
    file(tip);
    let refused = gymtext(&["templates", "lint", path, "--json"], &[], "");
    assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
    let finding: Value = serde_json::from_str(&out(&refused)).unwrap();
    assert_eq!(
        (&finding["rule"], &finding["severity"], &finding["template"]),
        (&json!("variable_at_edge"), &json!("error"), &json!("tip"))
    );
    assert!(finding["source"].as_str().unwrap().starts_with("facts/"));
    let table = gymtext(&["templates", "lint", path], &[], "");
    assert_eq!(table.status.code(), Some(1));
    assert!(
        out(&table).contains("Put a word before the first")
            && out(&table).contains("1 templates, 1 texts: 1 errors"),
        "{}",
        out(&table)
    );

    file(
        &tip.replace("utility", "marketing")
            .replace("{{1}}, a", "Hi {{1}}, here is a"),
    );
    let warned = gymtext(&["templates", "lint", path], &[], "");
    assert_eq!(warned.status.code(), Some(0), "a warning is no refusal");
    assert!(out(&warned).contains("marketing_to_us"), "{}", out(&warned));

    file("category = 3");
    let unread = gymtext(&["templates", "lint", path], &[], "");
    assert_eq!(unread.status.code(), Some(2));
    assert!(err(&unread).contains("tip.toml"), "{}", err(&unread));
    // A service does not start with what it must not send.
    file(tip);
    let serve = gymtext(
        &["serve"],
        &[
            ("GYMTEXT_PROVIDER", "local"),
            ("GYMTEXT_TEMPLATES", path),
            ("GYMTEXT_ADDR", "127.0.0.1:0"),
            ("GYMTEXT_INNER_ADDR", "127.0.0.1:0"),
        ],
        "",
    );
    assert_eq!(serve.status.code(), Some(2), "{}", err(&serve));
    assert!(err(&serve).contains("variable_at_edge"), "{}", err(&serve));
}
