//! One worker of a crawl: takes pages from the list, downloads them, and adds what they link to.

use super::blocking;
use super::frontier::Frontier;
use super::links::links;
use super::{Expected, Tour, Variant};
use hyper::Uri;
use loopswap_rt::{Fault, Meter, Runtime, Verified};
use loopswap_wire::http;
use std::sync::Arc;

/// A worker with its connection, which it keeps over all crawls.
pub(crate) struct Worker<R: Runtime> {
    tour: Arc<Tour>,
    client: Client<R>,
    /// Room for a page; reused.
    document: Vec<u8>,
}

/// How a page is downloaded.
enum Client<R: Runtime> {
    Tasks(http::Client<R>),
    /// Lent to the thread that a download blocks; `None` after one failed.
    Blocking(Option<blocking::Client>),
}

impl<R: Runtime> Worker<R> {
    /// Connects.
    pub(crate) async fn start(rt: R, tour: Arc<Tour>, variant: Variant) -> Result<Self, Fault> {
        let address = tour.address;
        let client = match variant {
            Variant::Tasks => Client::Tasks(http::Client::connect(rt, address).await?),
            Variant::Blocking => Client::Blocking(Some(rt.offload(move || blocking::Client::connect(address)).await?)),
        };
        Ok(Worker { tour, client, document: Vec::new() })
    }

    /// Fetches pages until the crawl has ended; returns how many, and their bytes.
    pub(crate) async fn work(&mut self, rt: R, frontier: &Frontier, meter: &Meter) -> Result<Verified, Fault> {
        let mut verified = Verified::default();
        while let Some((page, level)) = frontier.next().await {
            let begun = meter.begin();
            let target = format!("/page/{}/{page}?{}", self.tour.site.seed, self.tour.query);
            match &mut self.client {
                Client::Tasks(_) => self.download(rt, page, &target).await?,
                Client::Blocking(_) => self.download_blocking(rt, page, target).await?,
            }
            // Pages that belong to another shard are left to it.
            for link in links(&self.document, self.tour.site.seed)? {
                if self.tour.pages.contains_key(&link) {
                    frontier.add(link, level + 1);
                }
            }
            frontier.done();
            meter.end(begun);
            verified = verified + Verified { ops: 1, bytes: self.document.len() as u64 };
        }
        Ok(verified)
    }

    /// On the runtime's own socket; saved on a thread that may block.
    async fn download(&mut self, rt: R, page: u64, target: &str) -> Result<(), Fault> {
        let Client::Tasks(client) = &mut self.client else {
            return Err(Fault::Failed("this worker has no client for tasks".into()));
        };
        let uri: Uri = target.parse().map_err(|error| Fault::during("naming a page", error))?;
        self.document.clear();
        let document = &mut self.document;
        let status = client.read(&uri, |data| document.extend_from_slice(data)).await?;
        check(&self.tour, page, status, &self.document)?;
        if self.tour.files.is_some() {
            let (tour, document) = (Arc::clone(&self.tour), std::mem::take(&mut self.document));
            self.document = rt.offload(move || save(&tour, page, &document).map(|()| document)).await?;
        }
        Ok(())
    }

    /// Downloaded and saved on a thread that may block.
    async fn download_blocking(&mut self, rt: R, page: u64, target: String) -> Result<(), Fault> {
        let Client::Blocking(client) = &mut self.client else {
            return Err(Fault::Failed("this worker has no blocking client".into()));
        };
        let mut lent = client.take().ok_or_else(|| Fault::Failed("the connection of this worker is gone".into()))?;
        let (tour, mut document) = (Arc::clone(&self.tour), std::mem::take(&mut self.document));
        let job = move || {
            let status = lent.get(&target, &mut document)?;
            check(&tour, page, status, &document)?;
            save(&tour, page, &document)?;
            Ok::<_, Fault>((lent, document))
        };
        let (lent, document) = rt.offload(job).await?;
        self.client = Client::Blocking(Some(lent));
        self.document = document;
        Ok(())
    }
}

/// Checks byte for byte that the page is the one that was asked for.
fn check(tour: &Tour, page: u64, status: u16, document: &[u8]) -> Result<(), Fault> {
    let found = Expected { bytes: document.len(), crc32: crc32fast::hash(document) };
    match tour.pages.get(&page) {
        Some(expected) if status == 200 && *expected == found => Ok(()),
        expected => Err(Fault::Wrong(format!("page {page}: status {status}, {found:?} in place of {expected:?}"))),
    }
}

fn save(tour: &Tour, page: u64, document: &[u8]) -> Result<(), Fault> {
    tour.files.as_ref().map_or(Ok(()), |files| files.save(page, document))
}
