//! Getting to a host: names to addresses, which addresses may be reached, TCP and TLS.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::Origin;
use super::connection::said;

/// The most time one address of a host gets to answer before the next one is tried.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// Which addresses a name may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any: the operator configured the host.
    Anywhere,
    /// Only addresses of the public internet: the host came from outside (G37).
    PublicOnly,
    /// Those, and this machine's own.
    PublicOrHere,
}

impl Reach {
    /// Whether an address may be reached.
    pub fn allows(self, ip: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::PublicOnly => is_public(ip),
            Self::PublicOrHere => ip.is_loopback() || is_public(ip),
        }
    }
}

/// Connects to the first address of a host that answers.
pub(super) async fn connect(origin: &Origin, reach: Reach) -> Result<TcpStream, Box<str>> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((&*origin.host, origin.port))
        .await
        .map_err(|e| said("its name could not be resolved", &e))?
        .collect();
    let mut why: Box<str> = "its name leads nowhere".into();
    for address in addresses {
        if !reach.allows(address.ip()) {
            why = "its name leads to a private address".into();
            continue;
        }
        match tokio::time::timeout(CONNECT_MAX, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = said("connect", &error),
            Err(_) => why = "connect: no answer in time".into(),
        }
    }
    Err(why)
}

/// Whether an address is one of the public internet: not private, loopback, link-local (cloud
/// metadata lives there), shared, reserved, multicast, nor one of these wrapped in IPv6.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(ip) => {
            if let Some(v4) = ip.to_ipv4() {
                return is_public(IpAddr::V4(v4));
            }
            let [first, second, ..] = ip.segments();
            // Global unicast is 2000::/3; not 6to4, Teredo and documentation, which wrap others.
            (first & 0xe000) == 0x2000
                && first != 0x2002
                && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        }
    }
}

/// TLS with Mozilla's authorities, HTTP/1.1 only.
pub(super) fn connector() -> Result<TlsConnector, Box<str>> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(TlsConnector::from(Arc::clone(config)));
    }
    #[cfg_attr(
        not(test),
        expect(unused_mut, reason = "a test adds the authority of its own server")
    )]
    let mut roots = webpki_roots::TLS_SERVER_ROOTS
        .iter()
        .cloned()
        .collect::<RootCertStore>();
    #[cfg(test)]
    roots
        .add(super::tls::AUTHORITY.into())
        .map_err(|e| said("TLS", &e))?;
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| said("TLS", &e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let config = CONFIG.get_or_init(|| Arc::new(config));
    Ok(TlsConnector::from(Arc::clone(config)))
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "54.172.60.0",
            "8.8.8.8",
            "2600:1f18::1",
            "2a00:1450:4001::1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
