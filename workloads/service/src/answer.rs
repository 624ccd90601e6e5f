//! What the service answers, and one connection of it.

use super::Path;
use super::pool::Pool;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use loopswap_rt::{Fault, Runtime, Stream};
use loopswap_wire::{Visit, resp};
use serde_json::{Map, Value, json};
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The body that has to come for a path.
pub(crate) fn expected(path: Path) -> Result<String, Fault> {
    let document = match path {
        Path::Root => greeting(),
        Path::Red => car(resp::pairs()),
    };
    serde_json::to_string(&document).map_err(|error| Fault::during("writing JSON", error))
}

fn greeting() -> Value {
    json!({ "message": "hello world" })
}

fn car<K: Into<String>>(pairs: impl Iterator<Item = (K, K)>) -> Value {
    Value::Object(pairs.map(|(key, value)| (key.into(), Value::String(value.into()))).collect::<Map<_, _>>())
}

/// One connection of the load client, until that closes it.
pub(crate) async fn converse<R: Runtime>(
    rt: R,
    stream: R::Stream,
    pool: Arc<Pool<R>>,
    visit: Visit,
) -> Result<(), Fault> {
    // hyper answers through a shared reference; requests of a connection come one after the other.
    let visit = Mutex::new(visit);
    let (visit, pool) = (&visit, &*pool);
    let service = service_fn(move |request: Request<Incoming>| async move {
        let document = match request.uri().path() {
            "/" => greeting(),
            "/red" => red(rt, pool, request.uri().query()).await?,
            _ => return Ok(nothing_here()),
        };
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

/// Sleeps, asks Redis, and says what it said.
async fn red<R: Runtime>(rt: R, pool: &Pool<R>, query: Option<&str>) -> Result<Value, Fault> {
    let sleep = sleep(query)?;
    if !sleep.is_zero() {
        rt.sleep(sleep).await;
    }
    Ok(car(pool.set_and_get_all().await?.into_iter()))
}

fn nothing_here() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"There is nothing here.")));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// The sleep that a query asks for: `sleep_us=N`, none where it says nothing.
fn sleep(query: Option<&str>) -> Result<Duration, Fault> {
    let Some(query) = query else { return Ok(Duration::ZERO) };
    let micros = query.strip_prefix("sleep_us=").and_then(|number| number.parse().ok());
    micros.map(Duration::from_micros).ok_or_else(|| Fault::Wrong(format!("`{query}` is not `sleep_us=N`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_are_those_that_the_readme_shows() {
        assert_eq!(expected(Path::Root).unwrap(), r#"{"message":"hello world"}"#);
        assert_eq!(expected(Path::Red).unwrap(), r#"{"key1":"1","key2":"2","key3":"3"}"#);
    }

    #[test]
    fn a_query_is_a_sleep_or_nothing() {
        assert_eq!(sleep(None), Ok(Duration::ZERO));
        assert_eq!(sleep(Some("sleep_us=3000000")), Ok(Duration::from_secs(3)));
        assert!(matches!(sleep(Some("nap=3")), Err(Fault::Wrong(_))));
    }
}
