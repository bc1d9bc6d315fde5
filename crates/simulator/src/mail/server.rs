//! The mail server on its socket: connections, lines and letters, each with a bound.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::session::{LETTER_BYTES_MAX, Said, Session, falls_silent};
use crate::simulator::Simulator;

/// Clients at the same time.
const CLIENTS_MAX: usize = 64;
/// Longest line. RFC 5321, 4.5.3.1 allows 1,000 bytes; not every client keeps to it.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// Most commands of one connection.
const COMMANDS_MAX: usize = 1_000;
/// How long a client may say nothing (RFC 5321, 4.5.3.2.7 asks for five minutes).
const SILENCE: Duration = Duration::from_mins(5);
/// A letter that goes on beyond this is not waited for.
const FLOOD_BYTES_MAX: usize = 16 * LETTER_BYTES_MAX;

impl Simulator {
    /// Takes letters by SMTP on a listener until the token is cancelled. They are kept beside the phones' messages.
    pub async fn serve_mail(
        self: &Arc<Self>,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> io::Result<()> {
        let clients = Arc::new(Semaphore::new(CLIENTS_MAX));
        let connections = TaskTracker::new();
        let accept = async {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    // Out of file descriptors, most likely: give connections time to end.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                // Who finds no place is hung up on: a mail client tries again.
                let Ok(place) = Arc::clone(&clients).try_acquire_owned() else {
                    continue;
                };
                let this = Arc::clone(self);
                let closing = shutdown.clone();
                connections.spawn(async move {
                    // An error here is a client that left.
                    let _ = closing.run_until_cancelled(this.converse(stream)).await;
                    drop(place);
                });
            }
        };
        shutdown.run_until_cancelled(accept).await;
        connections.close();
        connections.wait().await;
        Ok(())
    }

    async fn converse(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut client = Client {
            stream: BufReader::new(stream),
        };
        client.says(220, "GymText sandbox ESMTP").await?;
        let mut session = Session::default();
        for _ in 0..COMMANDS_MAX {
            let line = client.line().await?;
            let line = String::from_utf8_lossy(&line);
            match session.hears(line.trim_end_matches(['\r', '\n'])) {
                Said::Line(code, words) => client.says(code, words).await?,
                Said::Greeting => client.greets().await?,
                Said::Refused(code, words, address) => {
                    self.refuse_letter(&address, code);
                    client.says(code, words).await?;
                }
                Said::GoOn => {
                    client.says(354, "go on, and end with a dot").await?;
                    let letter = client.letter().await?;
                    let (from, to) = session.ends();
                    let Some(letter) = letter else {
                        client.says(552, "5.3.4 a letter has 1 MiB at most").await?;
                        continue;
                    };
                    self.take_letter(&from, &to, &letter);
                    if falls_silent(&to) {
                        return Ok(());
                    }
                    client.says(250, "2.0.0 it is in the mailbox").await?;
                }
                Said::Goodbye => return client.says(221, "2.0.0 goodbye").await,
            }
        }
        client.says(421, "4.7.0 that is enough for now").await
    }
}

/// The other end of a connection.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn says(&mut self, code: u16, words: &str) -> io::Result<()> {
        let line = format!("{code} {words}\r\n");
        self.stream.write_all(line.as_bytes()).await?;
        self.stream.flush().await
    }

    async fn greets(&mut self) -> io::Result<()> {
        let can = format!(
            "250-sandbox.localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
             250-ENHANCEDSTATUSCODES\r\n250 SIZE {LETTER_BYTES_MAX}\r\n"
        );
        self.stream.write_all(can.as_bytes()).await?;
        self.stream.flush().await
    }

    /// The next line with its end; an error when there is none, or it is too long.
    async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.stream).take(LINE_BYTES_MAX);
        let reading = bounded.read_until(b'\n', &mut line);
        tokio::time::timeout(SILENCE, reading)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        if line.ends_with(b"\n") {
            Ok(line)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// A letter up to its last line; `None` when it was too large, and its end was read all the same.
    async fn letter(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut letter = Vec::new();
        let mut seen = 0;
        loop {
            let line = self.line().await?;
            if line == b".\r\n" {
                return Ok((seen <= LETTER_BYTES_MAX).then_some(letter));
            }
            // A dot at a line's beginning was doubled (RFC 5321, 4.5.2).
            let line = line.strip_prefix(b".").unwrap_or(&line);
            seen += line.len();
            if seen > FLOOD_BYTES_MAX {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if seen <= LETTER_BYTES_MAX {
                letter.extend_from_slice(line);
            }
        }
    }
}
