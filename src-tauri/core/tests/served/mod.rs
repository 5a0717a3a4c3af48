//! A server of the test's own on 127.0.0.1, with or without TLS, and archives of versions.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a path answers.
#[derive(Clone)]
pub enum Answer {
    Ok(Vec<u8>),
    Status(u16),
    Redirect(String),
    /// Half of what it promised.
    Cut(Vec<u8>),
    /// Zeros without an end.
    Endless,
    /// A byte each tenth of a second.
    Slow,
    /// Nothing at all.
    Silent,
}

/// The server. It runs until the test ends.
pub struct Served {
    scheme: &'static str,
    at: SocketAddr,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Served {
    pub fn http() -> Served {
        Served::start(None)
    }

    /// A server with a certificate for 127.0.0.1, and the authority in PEM.
    pub fn https(expired: bool) -> (Served, String) {
        let mut of_authority = CertificateParams::new([]).unwrap();
        of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        of_authority.distinguished_name.push(DnType::CommonName, "Authority of a test");
        let authority = CertifiedIssuer::self_signed(of_authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        if expired {
            (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let certificate = params.signed_by(&key, &authority).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        (Served::start(Some(Arc::new(config))), authority.pem())
    }

    fn start(tls: Option<Arc<ServerConfig>>) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let served = Served {
            scheme: if tls.is_some() { "https" } else { "http" },
            at: listener.local_addr().unwrap(),
            answers: Arc::default(),
            requests: Arc::default(),
        };
        let (answers, requests) = (served.answers.clone(), served.requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, requests, tls) = (answers.clone(), requests.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    // A client that goes away is no failure of the server.
                    None => drop(answer(stream, &answers, &requests)),
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        let _ = answer(StreamOwned::new(connection, stream), &answers, &requests);
                    }
                });
            }
        });
        served
    }

    pub fn address(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.at)
    }

    pub fn put(&self, path: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(
    stream: impl Read + Write,
    answers: &Mutex<HashMap<String, Answer>>,
    requests: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request)? == 0 {
            return Ok(());
        }
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().unwrap().push(request);
    let answer = answers.lock().unwrap().get(&path).cloned().unwrap_or(Answer::Status(404));
    let to = stream.get_mut();
    match answer {
        Answer::Ok(body) => {
            write!(to, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
            to.write_all(&body)?;
        }
        Answer::Status(status) => write!(to, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?,
        Answer::Redirect(location) => {
            write!(to, "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
        }
        Answer::Cut(body) => {
            write!(to, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len() * 2)?;
            to.write_all(&body)?;
        }
        Answer::Endless => {
            write!(to, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                to.write_all(&[b'0'; 64 << 10])?;
            }
        }
        Answer::Slow => {
            write!(to, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                std::thread::sleep(Duration::from_millis(100));
                to.write_all(b" ")?;
                to.flush()?;
            }
        }
        Answer::Silent => std::thread::sleep(Duration::from_secs(60)),
    }
    to.flush()
}

/// The archive of a version, whose programs say it. One that is called `…-broken` has programs that do not run.
pub fn archive(version: &str, others: &[(&str, &str)]) -> Vec<u8> {
    let interpreter = if version.ends_with("-broken") { "/nowhere/sh" } else { "/bin/sh" };
    let script = format!("#!{interpreter}\necho \"orchest {version}\"\n");
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let programs = [("bin/orchest", script.as_str()), ("bin/orchest-desktop", script.as_str())];
    for (path, text) in others.iter().chain(&programs) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(if path.starts_with("bin/") { 0o755 } else { 0o644 });
        let path = format!("orchest-desktop-{version}-linux-x86_64/{path}");
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}
