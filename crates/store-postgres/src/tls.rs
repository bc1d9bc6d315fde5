//! Whether the way to the server is encrypted, as its address says: `sslmode=require` wants TLS with a
//! certificate that holds, signed by one of Mozilla's authorities or by that of `sslrootcert=FILE`. Without
//! it nothing is encrypted. There is no encryption without a check, and none that is given up silently.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// Reads an address: where the server is, and how it is connected to.
pub(crate) fn parse(address: &str) -> Result<(Config, ClientConfig), String> {
    let (address, authority) = without_files(address)?;
    let mut config: Config = address
        .parse()
        .map_err(|_| "is not an address PostgreSQL understands".to_owned())?;
    let wanted = config.get_ssl_mode() == SslMode::Require;
    if !wanted {
        // Without a word on it the library asks for TLS and does without it where there is none.
        config.ssl_mode(SslMode::Disable);
        if authority.is_some() {
            return Err("names an sslrootcert, which goes with sslmode=require".into());
        }
    } else if config
        .get_hosts()
        .iter()
        .any(|host| matches!(host, Host::Unix(_)))
    {
        return Err("wants TLS over a socket of this machine; leave sslmode away".into());
    }
    Ok((config, trust(authority)?))
}

/// The address as the library takes it, and the file of an authority of one's own.
fn without_files(address: &str) -> Result<(String, Option<PathBuf>), String> {
    let Some((place, query)) = address.split_once('?') else {
        return Ok((address.to_owned(), None));
    };
    let mut authority = None;
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let value = form_urlencoded::parse(pair.as_bytes()).next();
        match value.as_ref().map(|(name, value)| (&**name, &**value)) {
            Some(("sslrootcert", file)) => authority = Some(PathBuf::from(file)),
            // A certificate is always checked in full.
            Some(("sslmode", "verify-full" | "verify-ca")) => kept.push("sslmode=require"),
            Some(("sslmode", "prefer" | "allow")) => {
                return Err(
                    "has an sslmode that gives encryption up silently; say require or disable"
                        .into(),
                );
            }
            Some(_) => kept.push(pair),
            None => {}
        }
    }
    let mark = if kept.is_empty() { "" } else { "?" };
    Ok((format!("{place}{mark}{}", kept.join("&")), authority))
}

/// Whom to trust.
fn trust(authority: Option<PathBuf>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    match authority {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let unreadable = |why: &dyn std::fmt::Display| {
                format!("names an sslrootcert that cannot be used: {why}")
            };
            let found = CertificateDer::pem_file_iter(file).map_err(|why| unreadable(&why))?;
            for certificate in found {
                let certificate = certificate.map_err(|why| unreadable(&why))?;
                roots.add(certificate).map_err(|why| unreadable(&why))?;
            }
            if roots.is_empty() {
                return Err(unreadable(&"there is no certificate in it"));
            }
        }
    }
    let builder =
        ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|why| format!("cannot be reached over TLS: {why}"))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(address: &str) -> String {
        match parse(address) {
            Ok(_) => panic!("{address} was taken"),
            Err(why) => why,
        }
    }

    #[test]
    fn an_address_without_a_word_on_it_is_not_encrypted() {
        let (config, _) = parse("postgres://me@db.example/gym").unwrap();
        assert_eq!(config.get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn what_other_programs_call_verified_is_required_here() {
        for mode in ["require", "verify-ca", "verify-full"] {
            let address = format!("postgres://me@db.example/gym?connect_timeout=3&sslmode={mode}");
            let (config, _) = parse(&address).unwrap();
            assert_eq!(config.get_ssl_mode(), SslMode::Require, "{mode}");
            assert!(config.get_connect_timeout().is_some(), "the rest is kept");
        }
    }

    #[test]
    fn encryption_that_may_be_given_up_is_refused() {
        assert!(refusal("postgres://me@db.example/gym?sslmode=prefer").contains("silently"));
        assert!(refusal("postgres://me@db.example/gym?sslrootcert=/ca.pem").contains("sslmode"));
        assert!(refusal("postgres://me@%2Ftmp/gym?sslmode=require").contains("socket"));
        let missing = "postgres://me@db.example/gym?sslmode=require&sslrootcert=/is/not/there.pem";
        assert!(refusal(missing).contains("cannot be used"));
    }
}
