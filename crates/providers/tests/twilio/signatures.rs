//! Every signature vector, and: nothing altered is believed.

use domain::Secret;
use proptest::prelude::*;
use providers::twilio::explain::explain;
use providers::twilio::form;
use providers::twilio::signature::{Refused, SignedRequest, SigningKeys, sign, verify};
use serde::Deserialize;

const VECTORS: &str = include_str!("../../../../fixtures/twilio-signatures.json");

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) algorithm: String,
    pub(crate) auth_token: String,
    pub(crate) url: String,
    pub(crate) configured_url: Option<String>,
    pub(crate) signed_url: Option<String>,
    pub(crate) content_type: String,
    pub(crate) params: Option<Vec<(String, String)>>,
    pub(crate) raw_body: String,
    pub(crate) signature: String,
    pub(crate) expect_valid: bool,
}

impl Vector {
    pub(crate) fn request(&self) -> SignedRequest<'_> {
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

    pub(crate) fn keys(&self) -> SigningKeys {
        let secret = Secret::new(self.auth_token.as_str());
        if self.algorithm == "HMAC_SHA256" {
            SigningKeys::default().with_shared_key("webhooks_sharedkey_1", &secret)
        } else {
            SigningKeys::from_tokens([&secret])
        }
    }
}

pub(crate) fn vectors() -> Vec<Vector> {
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

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
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
        let hash = hex(&sha2::Sha256::digest(&body));
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
