//! The server: hyper's HTTP/1 connection on tokio's current-thread runtime.

use super::cache::Cache;
use super::route::{Refusal, Route, route};
use super::{Stall, Stats};
use crate::Announcement;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use loopswap_protocol::PeerKind;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Serves until the process ends, on the calling thread, as the [module](super) says.
///
/// `hyper_version` goes into the announced version: the binary that links everything knows it from the
/// lockfile. `stall` is for bodies whose request names no other. `announce` is called once, when connections
/// can be made. Port 0 means any free port.
///
/// # Errors
/// The address cannot be bound, or the runtime cannot start. It returns only with an error.
pub fn serve(
    listen: SocketAddr,
    hyper_version: Option<&str>,
    stall: Option<Stall>,
    announce: impl FnOnce(Announcement),
) -> io::Result<()> {
    let version = format!("loopswap-http {} (hyper {})", env!("CARGO_PKG_VERSION"), hyper_version.unwrap_or("1"));
    let announce = |address| announce(Announcement { kind: PeerKind::Http, address, version, control: None });
    let state = Arc::new(Mutex::new(State { cache: Cache::new(), stats: Stats::default() }));
    let began = Instant::now();
    crate::listen::serve(listen, announce, |stream| {
        let state = Arc::clone(&state);
        tokio::spawn(converse(stream, Connection { state, counted: Mutex::new(false), stall, began }));
    })
}

/// Everything that connections share. They take turns on one thread, so the lock around it never waits.
struct State {
    cache: Cache,
    stats: Stats,
}

async fn converse(stream: TcpStream, connection: Connection) {
    let connection = Arc::new(connection);
    let service = service_fn(move |request| {
        let connection = Arc::clone(&connection);
        async move { Ok::<_, Infallible>(connection.answer(&request).await) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.auto_date_header(false);
    // A client that breaks off or speaks something else ends its own connection only; hyper has already
    // answered what can be answered.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

struct Connection {
    state: Arc<Mutex<State>>,
    counted: Mutex<bool>,
    /// The stall for requests that name no other.
    stall: Option<Stall>,
    /// When the origin began to serve: stalls are counted from then, for all connections alike.
    began: Instant,
}

impl Connection {
    async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let route = match route(request.uri().path(), request.uri().query()) {
            Ok(route) => route,
            Err(Refusal::NotFound) => return text(StatusCode::NOT_FOUND, "There is nothing here."),
            Err(Refusal::Bad(sentence)) => return text(StatusCode::BAD_REQUEST, sentence),
        };
        if request.method() != Method::GET {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Only GET is answered.");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return response;
        }
        match route {
            Route::Health => text(StatusCode::OK, "ok"),
            Route::Stats => self.stats(),
            Route::Body { bytes, seed, delay, stall } => {
                if delay > Duration::ZERO {
                    tokio::time::sleep(delay).await;
                }
                if let Some(left) = stall.or(self.stall).and_then(|stall| stall.left(self.began.elapsed())) {
                    tokio::time::sleep(left).await;
                }
                Response::new(Full::new(self.body(bytes, seed)))
            }
            Route::Page { site, number, delay } => {
                if delay > Duration::ZERO {
                    tokio::time::sleep(delay).await;
                }
                let page = site.page(number);
                self.count(page.len() as u64);
                typed(StatusCode::OK, "text/html; charset=us-ascii", page)
            }
        }
    }

    fn body(&self, bytes: usize, seed: u64) -> Bytes {
        self.count(bytes as u64);
        self.state.lock().unwrap_or_else(PoisonError::into_inner).cache.body(bytes, seed)
    }

    /// Counts one request that is answered with a body of `bytes` bytes.
    fn count(&self, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.stats.requests += 1;
        state.stats.bytes += bytes;
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *counted, true) {
            state.stats.connections += 1;
        }
    }

    fn stats(&self) -> Response<Full<Bytes>> {
        let stats = self.state.lock().unwrap_or_else(PoisonError::into_inner).stats;
        match serde_json::to_vec(&stats) {
            Ok(json) => typed(StatusCode::OK, "application/json", json),
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
}

fn text(status: StatusCode, sentence: impl Into<String>) -> Response<Full<Bytes>> {
    typed(status, "text/plain; charset=utf-8", sentence.into())
}

fn typed(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The target of one request, and the page that is asked for, if it is one.
#[cfg(feature = "fuzz")]
pub fn hear(bytes: &[u8]) {
    let Ok(target) = std::str::from_utf8(bytes) else { return };
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    if let Ok(Route::Page { site, number, .. }) = route(path, query) {
        // Generating a text takes time in proportion to its length.
        let _ = loopswap_protocol::Site { text: site.text.min(100), ..site }.page(number);
    }
}
