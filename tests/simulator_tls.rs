//! TLS of the simulator: sound and flawed certificates, and hosts that want one of the client.
#![cfg(feature = "simulator")]

use certdeck::simulator::{Flaw, Options, Simulator, Tls, TlsFiles};
use reqwest::{Certificate, Client, Identity};

type Failure = Box<dyn std::error::Error>;

fn start(tls: Tls) -> Result<(Simulator, TlsFiles, String), Failure> {
    let simulator = Simulator::spawn(Options { running: false, tls: Some(tls), ..Options::default() })?;
    let files = simulator.tls_files().ok_or("no files")?.clone();
    let me = format!("{}/account/api/v1/user/me", simulator.urls().one);
    Ok((simulator, files, me))
}

fn client(files: &TlsFiles, identity: bool) -> Result<Client, Failure> {
    let builder = Client::builder().no_proxy().tls_certs_only([Certificate::from_pem(files.root.as_bytes())?]);
    if !identity {
        return Ok(builder.build()?);
    }
    let both = format!("{}{}", files.client_certificate, files.client_key);
    Ok(builder.identity(Identity::from_pem(both.as_bytes())?).build()?)
}

#[tokio::test]
async fn a_sound_certificate_is_trusted_and_flawed_ones_are_not() -> Result<(), Failure> {
    for flaw in [Flaw::Sound, Flaw::Expired, Flaw::NotYetValid, Flaw::WrongName, Flaw::SelfSigned] {
        let (simulator, files, me) = start(Tls { flaw, client_certificate: false })?;
        assert!(me.starts_with("https://"));
        let answer = client(&files, false)?.get(&me).send().await;
        assert_eq!(answer.is_ok(), flaw == Flaw::Sound, "{flaw:?}");
        drop(simulator);
    }
    Ok(())
}

#[tokio::test]
async fn a_client_certificate_stands_in_for_the_key() -> Result<(), Failure> {
    let (_simulator, files, me) = start(Tls { client_certificate: true, ..Tls::default() })?;
    assert!(client(&files, false)?.get(&me).send().await.is_err());
    let answer = client(&files, true)?.get(&me).send().await?;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await?.contains("ops-one@acme-corp.example"));
    Ok(())
}
