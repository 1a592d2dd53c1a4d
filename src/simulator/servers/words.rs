//! The words of a server before TLS.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A protocol that begins without TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Smtp,
    Imap,
    Pop3,
    Ldap,
    Postgres,
}

impl Words {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ldap => "ldap",
            Self::Postgres => "postgres",
        }
    }

    /// Leads the client to its handshake; whatever it asks, the answer is that TLS begins.
    pub(super) async fn speak(self, stream: &mut TcpStream) -> io::Result<()> {
        match self {
            Self::Smtp => {
                stream.write_all(b"220-mail.example\r\n220 ready\r\n").await?;
                line(stream).await?;
                stream.write_all(b"250-mail.example\r\n250-8BITMIME\r\n250 STARTTLS\r\n").await?;
                line(stream).await?;
                stream.write_all(b"220 go ahead\r\n").await
            }
            Self::Imap => {
                stream.write_all(b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n").await?;
                let command = line(stream).await?;
                let tag = command.split(' ').next().unwrap_or_default();
                stream.write_all(format!("{tag} OK begin\r\n").as_bytes()).await
            }
            Self::Pop3 => {
                stream.write_all(b"+OK ready\r\n").await?;
                line(stream).await?;
                stream.write_all(b"+OK begin\r\n").await
            }
            Self::Ldap => {
                // Header and message of an extended request; its length stands in the second byte.
                let mut head = [0; 2];
                stream.read_exact(&mut head).await?;
                let mut rest = vec![0; usize::from(head[1])];
                stream.read_exact(&mut rest).await?;
                // Message 1, extended response, success, no name, no message; a length of four bytes as some servers write it.
                stream.write_all(b"\x30\x84\0\0\0\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0").await
            }
            Self::Postgres => {
                stream.read_exact(&mut [0; 8]).await?;
                stream.write_all(b"S").await
            }
        }
    }
}

async fn line(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = Vec::new();
    while !text.ends_with(b"\n") && text.len() < 512 {
        text.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}
