//! What the service answers, and one connection of it.

use super::behind::Behind;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use loopswap_rt::{Fault, Runtime, Stream};
use loopswap_wire::Visit;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One connection of the load client, until that closes it.
pub(crate) async fn converse<R: Runtime>(
    rt: R,
    stream: R::Stream,
    behind: Arc<Behind<R>>,
    visit: Visit,
) -> Result<(), Fault> {
    // hyper answers through a shared reference; requests of a connection come one after the other.
    let visit = Mutex::new(visit);
    let (visit, behind) = (&visit, &*behind);
    let service = service_fn(move |request: Request<Incoming>| async move {
        match (request.uri().path(), behind) {
            ("/", Behind::Nothing) | ("/sql", Behind::Mysql(_)) => {}
            ("/red", Behind::Redis(_)) => pause(rt, request.uri().query()).await?,
            _ => return Ok(nothing_here()),
        }
        let document = behind.ask().await?;
        let body = serde_json::to_vec(&document).map_err(|error| Fault::during("writing JSON", error))?;
        let mut response = Response::new(Full::new(Bytes::from(body)));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        visit.lock().unwrap_or_else(PoisonError::into_inner).answered();
        Ok::<_, Fault>(response)
    });
    let served = http1::Builder::new().serve_connection(stream.into_hyper(), service).await;
    served.map_err(|error| match error.source().and_then(|source| source.downcast_ref::<Fault>()) {
        Some(fault) => fault.clone(),
        None => Fault::during("serving HTTP", error),
    })
}

/// Sleeps as long as the query asks for.
async fn pause<R: Runtime>(rt: R, query: Option<&str>) -> Result<(), Fault> {
    let sleep = sleep(query)?;
    if !sleep.is_zero() {
        rt.sleep(sleep).await;
    }
    Ok(())
}

fn nothing_here() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"There is nothing here.")));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// The sleep that a query asks for: `sleep_us=N`; zero without one.
fn sleep(query: Option<&str>) -> Result<Duration, Fault> {
    let Some(query) = query else { return Ok(Duration::ZERO) };
    let micros = query.strip_prefix("sleep_us=").and_then(|number| number.parse().ok());
    micros.map(Duration::from_micros).ok_or_else(|| Fault::Wrong(format!("`{query}` is not `sleep_us=N`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_a_sleep_or_nothing() {
        assert_eq!(sleep(None), Ok(Duration::ZERO));
        assert_eq!(sleep(Some("sleep_us=3000000")), Ok(Duration::from_secs(3)));
        assert!(matches!(sleep(Some("nap=3")), Err(Fault::Wrong(_))));
    }
}
