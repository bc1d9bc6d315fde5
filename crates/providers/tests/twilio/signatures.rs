//! Every signature vector, and: nothing altered is believed.

use domain::Secret;
use proptest::prelude::*;
use providers::twilio::explain::{Explanation, explain};
use providers::twilio::form;
use providers::twilio::signature::{Refused, SignedRequest, SigningKeys, sign, verify};
use serde::Deserialize;

const VECTORS: &str = include_str!("../../../../fixtures/twilio-signatures.json");

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    method: String,
    algorithm: String,
    auth_token: String,
    url: String,
    configured_url: Option<String>,
    signed_url: Option<String>,
    content_type: String,
    params: Option<Vec<(String, String)>>,
    raw_body: String,
    signature: String,
    expect_valid: bool,
}

impl Vector {
    fn request(&self) -> SignedRequest<'_> {
        SignedRequest {
            is_get: self.method == "GET",
            url: &self.url,
            content_type: Some(&self.content_type),
            body: self.raw_body.as_bytes(),
            signature: Some(&self.signature),
            settings: (self.algorithm == "HMAC_SHA256")
                .then_some("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"),
        }
    }

    fn keys(&self) -> SigningKeys {
        let secret = Secret::new(self.auth_token.as_str());
        if self.algorithm == "HMAC_SHA256" {
            SigningKeys::default().with_shared_key("webhooks_sharedkey_1", &secret)
        } else {
            SigningKeys::from_tokens([&secret])
        }
    }
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str::<File>(VECTORS).unwrap().vectors
}

#[test]
fn every_vector_is_judged_as_the_official_libraries_judge_it() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 49);
    for vector in &vectors {
        let judged = verify(&vector.request(), &vector.keys());
        assert_eq!(judged.is_ok(), vector.expect_valid, "{}", vector.name);
        if let Some(url) = &vector.configured_url {
            let request = SignedRequest {
                url,
                ..vector.request()
            };
            assert_eq!(verify(&request, &vector.keys()), Ok(()), "{}", vector.name);
        }
    }
}

#[test]
fn every_body_is_read_into_its_parameters() {
    for vector in vectors() {
        let Some(params) = vector.params.filter(|_| vector.method == "POST") else {
            continue;
        };
        let read: Vec<(String, String)> = form::parse(vector.raw_body.as_bytes())
            .unwrap()
            .into_iter()
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        assert_eq!(read, params, "{}", vector.name);
    }
}

#[test]
fn signing_makes_what_the_vectors_hold() {
    for vector in vectors() {
        let Some(params) = &vector.params else {
            continue;
        };
        if vector.algorithm != "HMAC_SHA1" || !vector.expect_valid || vector.method == "GET" {
            continue;
        }
        let pairs: Vec<_> = params.iter().map(|(k, v)| (&**k, &**v)).collect();
        let url = vector.signed_url.as_ref().unwrap_or(&vector.url);
        let made = sign(url, &pairs, &Secret::new(vector.auth_token.as_str()));
        assert_eq!(made, vector.signature, "{}", vector.name);
    }
}

#[test]
fn while_a_token_is_replaced_both_are_believed() {
    let vector = vectors().into_iter().find(|v| v.expect_valid).unwrap();
    let (old, new) = (Secret::new(vector.auth_token.as_str()), Secret::new("next"));
    for tokens in [[&old, &new], [&new, &old]] {
        assert_eq!(
            verify(&vector.request(), &SigningKeys::from_tokens(tokens)),
            Ok(())
        );
    }
    let keys = SigningKeys::from_tokens([&new]);
    assert_eq!(verify(&vector.request(), &keys), Err(Refused::Wrong));
}

#[test]
fn without_a_signature_or_a_token_nothing_is_believed() {
    let vector = vectors().into_iter().find(|v| v.expect_valid).unwrap();
    let request = SignedRequest {
        signature: None,
        ..vector.request()
    };
    assert_eq!(verify(&request, &vector.keys()), Err(Refused::Missing));
    let nobody = SigningKeys::from_tokens([&Secret::new("")]);
    assert!(nobody.is_empty());
    assert_eq!(verify(&vector.request(), &nobody), Err(Refused::Wrong));
    // What an empty token would sign is not believed either.
    let signature = sign(&vector.url, &[], &Secret::new(""));
    let request = SignedRequest {
        signature: Some(&signature),
        body: b"",
        ..vector.request()
    };
    assert_eq!(verify(&request, &nobody), Err(Refused::Wrong));
}

#[test]
fn the_caller_does_not_choose_the_algorithm() {
    let vectors = vectors();
    let find = |name: &str| vectors.iter().find(|v| v.name == name).unwrap();
    let (shared, classic) = (find("sharedkey-hmac-sha256-sms"), find("sms-inbound-ascii"));
    // Not set up: the header means nothing, and the token's signature is asked for.
    let token = SigningKeys::from_tokens([&Secret::new(shared.auth_token.as_str())]);
    assert_eq!(verify(&shared.request(), &token), Err(Refused::Wrong));
    for settings in [
        "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1",
        "key=webhooks_sharedkey_2,algorithm=HMAC_SHA256",
        "key=webhooks_sharedkey_1",
        "",
    ] {
        let request = SignedRequest {
            settings: Some(settings),
            ..shared.request()
        };
        assert_eq!(
            verify(&request, &shared.keys()),
            Err(Refused::UnknownKey),
            "{settings}"
        );
    }
    // Both set up: without the header the token signs as before.
    let both = classic.keys().with_shared_key(
        "webhooks_sharedkey_1",
        &Secret::new(shared.auth_token.as_str()),
    );
    assert_eq!(verify(&classic.request(), &both), Ok(()));
    assert_eq!(verify(&shared.request(), &both), Ok(()));
}

#[test]
fn a_body_that_is_not_covered_is_refused() {
    let token = Secret::new("12345");
    let keys = SigningKeys::from_tokens([&token]);
    let url = "https://example.com/sms";
    let signature = sign(url, &[], &token);
    let request = |content_type, is_get| SignedRequest {
        is_get,
        url,
        content_type,
        body: b"Body=Hi",
        signature: Some(&signature),
        settings: None,
    };
    for (content_type, is_get) in [
        (None, false),
        (Some("application/json"), false),
        (Some("multipart/form-data; boundary=x"), false),
        (Some("application/x-www-form-urlencoded"), true),
    ] {
        assert_eq!(
            verify(&request(content_type, is_get), &keys),
            Err(Refused::UncoveredBody)
        );
    }
    let form = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
    let made = sign(url, &[("Body", "Hi")], &token);
    let signed = SignedRequest {
        signature: Some(&made),
        ..request(Some(form), false)
    };
    assert_eq!(verify(&signed, &keys), Ok(()));
}

fn explained(request: &SignedRequest<'_>, keys: &SigningKeys) -> String {
    explain(request, keys).why().unwrap_or("valid").to_owned()
}

#[test]
fn what_differs_is_said_without_the_expected_signature() {
    let token = Secret::new("12345");
    let keys = SigningKeys::from_tokens([&token]);
    let pairs = [("Body", "Hello there"), ("From", "+15550001111")];
    let signed_url = "https://coach.example/sms?a=1";
    let signature = sign(signed_url, &pairs, &token);
    let request = SignedRequest {
        is_get: false,
        url: signed_url,
        content_type: Some("application/x-www-form-urlencoded"),
        body: b"Body=Hello+there&From=%2B15550001111",
        signature: Some(&signature),
        settings: None,
    };
    assert_eq!(explain(&request, &keys), Explanation::Valid);
    for (url, why) in [
        (
            "http://coach.example/sms?a=1",
            "valid for https instead of http",
        ),
        (
            "https://coach.example/sms/?a=1",
            "valid without the trailing slash",
        ),
        (
            "https://Coach.example/sms?a=1",
            "valid with the host in lower case",
        ),
        (
            "https://www.coach.example/sms?a=1",
            "valid without www. before the host",
        ),
        (
            "http://coach.example/sms/?a=1",
            "valid for https instead of http and without the trailing slash",
        ),
    ] {
        assert_eq!(explained(&SignedRequest { url, ..request }, &keys), why);
    }
    for (body, why) in [
        (
            "Body=Hello+there&From=%2B15550001111&Extra=1",
            "a parameter was added: `Extra` was not signed",
        ),
        (
            "Body=Hello+there%0A&From=%2B15550001111",
            "values have gained spaces or line ends around them",
        ),
        ("Body=Hello+there&From=+15550001111", "values have"),
    ] {
        let request = SignedRequest {
            body: body.as_bytes(),
            ..request
        };
        let said = explained(&request, &keys);
        if why == "values have" {
            // A plus read as a space is told, whichever way it is put.
            assert_ne!(said, "valid");
        } else {
            assert_eq!(said, why);
        }
    }
    let port = sign("https://coach.example:8443/sms?a=1", &pairs, &token);
    let with_port = SignedRequest {
        signature: Some(&port),
        ..request
    };
    assert_eq!(explained(&with_port, &keys), "valid with port 8443");
    for broken in ["", "x", "bm90IGFuIGhtYWM="] {
        let request = SignedRequest {
            signature: Some(broken),
            ..request
        };
        assert!(explained(&request, &keys).contains("not the base64"));
    }
    let other = SigningKeys::from_tokens([&Secret::new("another")]);
    assert_eq!(explain(&request, &other), Explanation::Unexplained);
}

#[test]
fn no_explanation_of_a_vector_holds_the_expected_signature() {
    for vector in vectors() {
        let explanation = explain(&vector.request(), &vector.keys());
        assert_eq!(
            explanation.is_valid(),
            vector.expect_valid,
            "{}",
            vector.name
        );
        let Some(why) = explanation.why() else {
            continue;
        };
        let pairs: Vec<_> = vector
            .params
            .iter()
            .flatten()
            .map(|(k, v)| (&**k, &**v))
            .collect();
        let expected = sign(
            &vector.url,
            &pairs,
            &Secret::new(vector.auth_token.as_str()),
        );
        assert!(!why.contains(&expected) && !why.contains(&vector.auth_token));
    }
    let vectors = vectors();
    let why = |name: &str| {
        let vector = vectors.iter().find(|v| v.name == name).unwrap();
        explained(&vector.request(), &vector.keys())
    };
    assert_eq!(why("neg-http-vs-https"), "valid for https instead of http");
    assert_eq!(
        why("neg-trailing-slash"),
        "valid without the trailing slash"
    );
    assert!(why("neg-extra-param").starts_with("a parameter was added"));
    assert!(why("neg-json-body-tampered").starts_with("the body hash differs"));
    assert_eq!(
        why("port-8443-signed-app-sees-none"),
        "valid with port 8443"
    );
}

fn wire(pairs: &[(String, String)]) -> String {
    let mut wire = form_urlencoded::Serializer::new(String::new());
    wire.extend_pairs(pairs);
    wire.finish()
}

proptest! {
    /// The signed text has nothing between names and values, so what is altered here is one
    /// character of a value, a name, the URL or the signature; bodies with a hash, byte by byte.
    #[test]
    fn nothing_altered_is_believed(
        path in "[a-z0-9/_.-]{0,20}",
        query in "[a-z0-9=&%+]{0,20}",
        mut pairs in proptest::collection::vec(("[A-Za-z]{1,12}", "[ -~é💪]{0,40}"), 1..8),
        what in 0..4_u8,
        at in any::<prop::sample::Index>(),
    ) {
        let token = Secret::new("9c7b1b6a5f0e4d3c2b1a09f8e7d6c5b4");
        let keys = SigningKeys::from_tokens([&token]);
        let mut url = format!("https://coach.example/{path}?{query}");
        let borrowed: Vec<_> = pairs.iter().map(|(k, v)| (&**k, &**v)).collect();
        let mut signature = sign(&url, &borrowed, &token);
        let believed = |url: &str, pairs: &[(String, String)], signature: &str| {
            let body = wire(pairs);
            verify(&SignedRequest {
                is_get: false, url, content_type: Some("application/x-www-form-urlencoded"),
                body: body.as_bytes(), signature: Some(signature), settings: None,
            }, &keys).is_ok()
        };
        prop_assert!(believed(&url, &pairs, &signature));
        let altered = |text: &str| {
            let mut letters: Vec<char> = text.chars().collect();
            match letters.len() {
                0 => letters.push('x'),
                count => {
                    let letter = &mut letters[at.index(count)];
                    *letter = if *letter == 'x' { 'y' } else { 'x' };
                }
            }
            letters.into_iter().collect::<String>()
        };
        match what {
            0 => url = altered(&url),
            1 => { let at = at.index(pairs.len()); pairs[at].0 = altered(&pairs[at].0.clone()); }
            2 => { let at = at.index(pairs.len()); pairs[at].1 = altered(&pairs[at].1.clone()); }
            _ => signature = altered(&signature),
        }
        prop_assert!(!believed(&url, &pairs, &signature));
    }

    #[test]
    fn no_byte_of_a_hashed_body_can_be_altered(
        mut body in proptest::collection::vec(any::<u8>(), 1..200),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        use sha2::Digest as _;
        let token = Secret::new("12345");
        let keys = SigningKeys::from_tokens([&token]);
        let hash: String = sha2::Sha256::digest(&body).iter().map(|b| format!("{b:02x}")).collect();
        let url = format!("https://coach.example/events?bodySHA256={hash}");
        let signature = sign(&url, &[], &token);
        let judged = |body: &[u8]| verify(&SignedRequest {
            is_get: false, url: &url, content_type: Some("application/json"), body,
            signature: Some(&signature), settings: None,
        }, &keys);
        prop_assert_eq!(judged(&body), Ok(()));
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        prop_assert_eq!(judged(&body), Err(Refused::BodyHash));
    }

    #[test]
    fn nothing_makes_it_panic(url in ".{0,60}", body in proptest::collection::vec(any::<u8>(), 0..80), signature in ".{0,40}", kind in ".{0,40}") {
        let keys = SigningKeys::from_tokens([&Secret::new("12345")]);
        let request = SignedRequest {
            is_get: false, url: &url, content_type: Some(&kind), body: &body,
            signature: Some(&signature), settings: Some(&kind),
        };
        prop_assert!(verify(&request, &keys).is_err());
        prop_assert!(!explain(&request, &keys).is_valid());
    }
}
