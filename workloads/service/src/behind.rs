//! What is behind the service: nothing, or a pool of connections to a server.

use super::Path;
use super::pool::Pool;
use loopswap_rt::{Fault, Part, PeerKind, Runtime};
use loopswap_wire::{mysql, resp};
use serde_json::{Map, Value, json};

/// Connections that all requests of a shard share.
pub(crate) enum Behind<R: Runtime> {
    Nothing,
    Redis(Pool<resp::Connection<R>>),
    Mysql(Pool<mysql::Connection<R>>),
}

impl<R: Runtime> Behind<R> {
    /// Connects this shard's part of the pool.
    pub(crate) async fn open<P>(rt: R, part: &Part<P>, path: Path, connections: u64) -> Result<Self, Fault> {
        let share = part.shard.share(connections).max(1);
        Ok(match path {
            Path::Root => Behind::Nothing,
            Path::Red => {
                let redis = part.peers_of(PeerKind::Redis)?.remove(0);
                let pool = Pool::of(share);
                for _ in 0..share {
                    pool.put(resp::Connection::open(rt, &redis).await?)?;
                }
                Behind::Redis(pool)
            }
            Path::Sql => {
                let mysql = part.peers_of(PeerKind::Mysql)?.remove(0);
                let pool = Pool::of(share);
                for _ in 0..share {
                    pool.put(mysql::Connection::open(rt, &mysql, mysql::Form::Text).await?)?;
                }
                Behind::Mysql(pool)
            }
        })
    }

    /// Sends a query over one of the connections, and returns the answer as JSON.
    pub(crate) async fn ask(&self) -> Result<Value, Fault> {
        match self {
            Behind::Nothing => Ok(greeting()),
            Behind::Redis(pool) => {
                let mut connection = pool.take().await?;
                let pairs = connection.set_and_get_all().await?;
                pool.put(connection)?;
                Ok(car(pairs.into_iter()))
            }
            Behind::Mysql(pool) => {
                let mut connection = pool.take().await?;
                let pairs = connection.all().await?;
                pool.put(connection)?;
                Ok(accounts(pairs.into_iter()))
            }
        }
    }

    /// Closes all connections, once the requests have ended.
    pub(crate) async fn close(&self) {
        match self {
            Behind::Nothing => {}
            Behind::Redis(pool) => {
                while let Some(connection) = pool.idle() {
                    connection.close().await;
                }
            }
            Behind::Mysql(pool) => {
                while let Some(connection) = pool.idle() {
                    connection.close().await;
                }
            }
        }
    }
}

/// The expected body for a path.
pub(crate) fn expected<P>(path: Path, part: &Part<P>) -> Result<String, Fault> {
    let document = match path {
        Path::Root => greeting(),
        Path::Red => car(resp::pairs()),
        Path::Sql => accounts(mysql::Accounts::of(&part.peers_of(PeerKind::Mysql)?.remove(0))?.pairs()),
    };
    serde_json::to_string(&document).map_err(|error| Fault::during("writing JSON", error))
}

fn greeting() -> Value {
    json!({ "message": "hello world" })
}

fn car<K: Into<String>>(pairs: impl Iterator<Item = (K, K)>) -> Value {
    Value::Object(pairs.map(|(key, value)| (key.into(), Value::String(value.into()))).collect::<Map<_, _>>())
}

/// The rows as a list of objects with the names of their columns.
fn accounts<K: Into<String>>(rows: impl Iterator<Item = (K, K)>) -> Value {
    Value::Array(rows.map(|(host, user)| json!({ "Host": host.into(), "User": user.into() })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_are_those_that_the_readme_shows() {
        assert_eq!(greeting().to_string(), r#"{"message":"hello world"}"#);
        assert_eq!(car(resp::pairs()).to_string(), r#"{"key1":"1","key2":"2","key3":"3"}"#);
        let rows = [("%", "root"), ("localhost", "root")];
        let document = r#"[{"Host":"%","User":"root"},{"Host":"localhost","User":"root"}]"#;
        assert_eq!(accounts(rows.into_iter()).to_string(), document);
    }
}
