//! The words before TLS. What a server says is read byte by byte, so that nothing of its TLS is swallowed, and bounded.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use x509_parser::asn1_rs::{Any, FromBer as _};

use crate::{
    client::limits,
    domain::{Clean, acme::probe::StartTls},
};

/// How much of a server's refusal is repeated, characters.
const SHOWN: usize = 80;
/// `StartTLS` of RFC 4511, 4.14.1, as message 1: an extended request with the name 1.3.6.1.4.1.1466.20037.
const LDAP: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// `SSLRequest` of the `PostgreSQL` protocol: length and the number 80877103.
const POSTGRES: &[u8] = b"\x00\x00\x00\x08\x04\xd2\x16\x2f";

/// Brings the server to the point where TLS begins.
///
/// # Errors
/// One sentence: it is no server of this protocol, or it does not offer TLS.
pub async fn begin<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, protocol: StartTls) -> Result<(), Clean> {
    match protocol {
        StartTls::Smtp => smtp(stream).await,
        StartTls::Imap => imap(stream).await,
        StartTls::Pop3 => pop3(stream).await,
        StartTls::Ldap => ldap(stream).await,
        StartTls::Postgres => postgres(stream).await,
    }
}

async fn smtp<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), Clean> {
    reply(stream, "220").await?;
    send(stream, b"EHLO certdeck.invalid\r\n").await?;
    reply(stream, "250").await?;
    send(stream, b"STARTTLS\r\n").await?;
    reply(stream, "220").await
}

/// One reply of SMTP, which has a line for each of its parts: `250-`, and a space in the last (RFC 5321, 4.2.1).
async fn reply<S: AsyncRead + Unpin>(stream: &mut S, code: &str) -> Result<(), Clean> {
    for _ in 0..limits::PROBE_LINES {
        let said = line(stream).await?;
        match said.strip_prefix(code) {
            Some(rest) if rest.starts_with('-') => {}
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => return Ok(()),
            _ => return Err(refused("smtp", &said)),
        }
    }
    Err(endless())
}

async fn imap<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), Clean> {
    let greeting = line(stream).await?;
    if !starts(&greeting, "* OK") {
        return Err(refused("imap", &greeting));
    }
    send(stream, b"a1 STARTTLS\r\n").await?;
    for _ in 0..limits::PROBE_LINES {
        let said = line(stream).await?;
        if starts(&said, "a1 OK") {
            return Ok(());
        }
        if !said.starts_with("* ") {
            return Err(refused("imap", &said));
        }
    }
    Err(endless())
}

async fn pop3<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), Clean> {
    for command in [Some("STLS\r\n"), None] {
        let said = line(stream).await?;
        if !starts(&said, "+OK") {
            return Err(refused("pop3", &said));
        }
        if let Some(command) = command {
            send(stream, command.as_bytes()).await?;
        }
    }
    Ok(())
}

/// Success is result code 0 in an extended response to message 1.
async fn ldap<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), Clean> {
    send(stream, LDAP).await?;
    let mut bytes = Vec::new();
    let message = loop {
        if bytes.len() == limits::PROBE_LINE {
            return Err(endless());
        }
        bytes.push(stream.read_u8().await.map_err(|error| cut(&error))?);
        match Any::from_ber(&bytes) {
            Ok((_, message)) => break message.data.to_vec(),
            Err(error) if error.is_incomplete() => {}
            Err(_) => return Err("the server does not speak ldap".into()),
        }
    };
    let code = || {
        let (rest, _number) = Any::from_ber(&message).ok()?;
        let (_, response) = Any::from_ber(rest).ok()?;
        // [APPLICATION 24], ExtendedResponse
        (response.header.tag().0 == 24)
            .then(|| Any::from_ber(response.data).ok().map(|(_, code)| code.data.to_vec()))?
    };
    match code().as_deref() {
        Some([0]) => Ok(()),
        Some(_) => Err("the server does not offer TLS (ldap)".into()),
        None => Err("the server does not speak ldap".into()),
    }
}

async fn postgres<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), Clean> {
    send(stream, POSTGRES).await?;
    match stream.read_u8().await.map_err(|error| cut(&error))? {
        b'S' => Ok(()),
        b'N' => Err("the server does not offer TLS (postgres)".into()),
        _ => Err("the server does not speak postgres".into()),
    }
}

/// A line without its end. Bytes that are no text are replaced.
async fn line<S: AsyncRead + Unpin>(stream: &mut S) -> Result<String, Clean> {
    let mut bytes = Vec::new();
    loop {
        match stream.read_u8().await.map_err(|error| cut(&error))? {
            b'\n' => break,
            _ if bytes.len() == limits::PROBE_LINE => return Err(endless()),
            byte => bytes.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\r').to_owned())
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> Result<(), Clean> {
    stream.write_all(bytes).await.map_err(|error| cut(&error))
}

/// Words of the protocols do not depend on their case.
fn starts(said: &str, with: &str) -> bool {
    said.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

fn refused(protocol: &str, said: &str) -> Clean {
    let said: String = said.chars().take(SHOWN).collect();
    format!("the server does not offer TLS ({protocol}): it says \"{said}\"").into()
}

fn endless() -> Clean {
    "the server says more than its protocol has".into()
}

/// The connection ended in the words before TLS.
fn cut(error: &io::Error) -> Clean {
    match error.kind() {
        io::ErrorKind::FileTooLarge => endless(),
        _ => "the server closed the connection before TLS".into(),
    }
}
