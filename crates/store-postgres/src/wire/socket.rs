//! The socket of a connection: of the machine's own or over TCP, plain or encrypted. Whatever is done on it ends
//! after a moment, so that whoever waits can look whether they still should.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use store::StoreError;
use tokio_postgres::Config;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::{Patience, is_a_pause};
use crate::fault::{Done, Fault};

/// A moment.
const MOMENT: Duration = Duration::from_millis(25);

/// The socket.
pub(super) enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Socket {
    /// To a server of this machine.
    pub(super) fn unix(directory: &Path, port: u16) -> Done<Self> {
        let path = directory.join(format!(".s.PGSQL.{port}"));
        let socket = UnixStream::connect(path).map_err(lost)?;
        socket.set_read_timeout(Some(MOMENT)).map_err(lost)?;
        socket.set_write_timeout(Some(MOMENT)).map_err(lost)?;
        Ok(Self::Unix(socket))
    }

    /// To a server by its name or number: the first of its addresses that answers, each in its part of the time.
    pub(super) fn tcp(
        host: &str,
        port: u16,
        config: &Config,
        patience: &Patience<'_>,
    ) -> Done<TcpStream> {
        let mut last = Fault::Lost;
        let all = addresses(host, port, patience)?;
        for (at, address) in all.iter().enumerate() {
            patience.check()?;
            let part = patience.part(all.len() - at);
            match TcpStream::connect_timeout(address, part.left().max(MOMENT)) {
                Ok(socket) => {
                    prepare(&socket, config).map_err(lost)?;
                    return Ok(socket);
                }
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                Err(error) => last = lost(error),
            }
        }
        patience.check()?;
        Err(last)
    }

    /// Encrypts it, with whom the server says it is.
    pub(super) fn encrypt(
        socket: TcpStream,
        host: &str,
        config: &Arc<ClientConfig>,
        patience: &Patience<'_>,
    ) -> Done<Self> {
        let unfit = |why: &dyn std::fmt::Display| {
            Fault::from(StoreError::Unavailable(format!(
                "PostgreSQL is not talked to over TLS: {why}"
            )))
        };
        let name = ServerName::try_from(host.to_owned()).map_err(|why| unfit(&why))?;
        let session = ClientConnection::new(Arc::clone(config), name).map_err(|why| unfit(&why))?;
        let mut stream = Box::new(StreamOwned::new(session, socket));
        while stream.conn.is_handshaking() {
            let StreamOwned { conn, sock } = &mut *stream;
            match conn.complete_io(sock) {
                Ok(_) => {}
                Err(error) if is_a_pause(&error) => patience.check()?,
                Err(error) => return Err(unfit(&error)),
            }
        }
        Ok(Self::Tls(stream))
    }

    /// Says something of this, and how much.
    pub(super) fn say(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(socket) => socket.write(bytes),
            Self::Tcp(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    /// Keeps nothing back of what was said.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Unix(_) | Self::Tcp(_) => Ok(()),
            Self::Tls(stream) => stream.flush(),
        }
    }

    /// Hears something, and how much; nothing at all when the server has gone.
    pub(super) fn hear(&mut self, ear: &mut [u8]) -> io::Result<usize> {
        let stream = match self {
            Self::Unix(socket) => return socket.read(ear),
            Self::Tcp(socket) => return socket.read(ear),
            Self::Tls(stream) => stream,
        };
        // Not the stream's own way to read: it says first what is still to be said.
        loop {
            match stream.conn.reader().read(ear) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                heard => return heard,
            }
            if stream.conn.read_tls(&mut stream.sock)? == 0 {
                return Ok(0);
            }
            stream
                .conn
                .process_new_packets()
                .map_err(|why| io::Error::new(ErrorKind::InvalidData, why))?;
        }
    }
}

/// Where a name is. Asked on a thread of its own: it may be long before anybody answers that.
fn addresses(host: &str, port: u16, patience: &Patience<'_>) -> Done<Vec<SocketAddr>> {
    if let Ok(number) = host.parse() {
        return Ok(vec![SocketAddr::new(number, port)]);
    }
    let (tell, told) = sync_channel(1);
    let host = host.to_owned();
    std::thread::Builder::new()
        .name("names".into())
        .spawn(move || {
            let found = (host.as_str(), port).to_socket_addrs();
            // Nobody may be waiting any more.
            let _ = tell.send(found.map(Iterator::collect));
        })
        .map_err(lost)?;
    loop {
        match told.recv_timeout(MOMENT) {
            Ok(found) => return found.map_err(lost),
            Err(RecvTimeoutError::Timeout) => patience.check()?,
            Err(RecvTimeoutError::Disconnected) => return Err(Fault::Lost),
        }
    }
}

/// Nothing waits to be sent together, silence is asked after, and what is never acknowledged ends it.
fn prepare(socket: &TcpStream, config: &Config) -> io::Result<()> {
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(MOMENT))?;
    socket.set_write_timeout(Some(MOMENT))?;
    let of = SockRef::from(socket);
    #[cfg(target_os = "linux")]
    of.set_tcp_user_timeout(config.get_tcp_user_timeout().copied())?;
    if config.get_keepalives() {
        let mut keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
        if let Some(interval) = config.get_keepalives_interval() {
            keepalive = keepalive.with_interval(interval);
        }
        if let Some(retries) = config.get_keepalives_retries() {
            keepalive = keepalive.with_retries(retries);
        }
        of.set_tcp_keepalive(&keepalive)?;
    }
    Ok(())
}

/// A connection that is not made is as good as one that is lost.
fn lost(_: io::Error) -> Fault {
    Fault::Lost
}
