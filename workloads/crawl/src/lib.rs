//! A crawler, like the one at the end of tutorials: pages found by following links, downloaded, saved to
//! files.
//!
//! Some workers share a list of pages that are known but not fetched yet. Each takes one, downloads it, finds
//! its links, adds those that have not been seen, and has the page saved where blocking is allowed. A crawl
//! ends when the list is empty and no worker is busy. The site is drawn from the seed, so the workload knows
//! every page that must be found.

mod blocking;
mod files;
mod frontier;
mod links;
mod worker;

use files::Files;
use frontier::Frontier;
use loopswap_protocol::Site;
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, PeerKind, Runtime, Shape, Shard, Verified, Workload,
    WorkloadInfo,
};
use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use worker::Worker;

/// The workload `crawl`. One operation is one page; one granule is a whole crawl.
#[derive(Clone, Copy, Debug)]
pub struct Crawl;

/// A crawl has at most this many pages: the expected content of each is kept.
const MOST_PAGES: u64 = 100_000;

loopswap_rt::parameters! {
    /// The parameters of [`Crawl`].
    pub struct CrawlParams {
        /// pages below each page, which it links to
        links: u64 = count(3, 1..=64),
        /// steps from the first page
        depth: u64 = count(3, 0..=64),
        /// workers, each with a connection: the number of downloads at once
        conns: u64 = count(8, 1..=1000),
        /// size of a page without its links
        text: usize = bytes(4096, 0..=4 * 1024 * 1024),
        /// how long the server waits at most before it answers with a page, at least half of it
        delay: Duration = time(0, 0..=10_000_000),
        /// tasks: downloads on the runtime's sockets; blocking: blocking downloads on its threads for jobs that block
        variant: Variant = choice(Variant::Tasks.word()),
        /// whether each page is written to a file, on the runtime's threads for jobs that block
        save: bool = flag(true),
    }
}

loopswap_rt::choice! {
    enum Variant {
        Tasks = "tasks",
        Blocking = "blocking",
    }
}

/// What all workers of a shard share over all crawls.
pub(crate) struct Tour {
    pub(crate) site: Site,
    depth: u64,
    /// Where the crawl of this shard begins: pages and their depth.
    starts: Vec<(u64, u64)>,
    /// The pages that this shard must find.
    pub(crate) pages: HashMap<u64, Expected>,
    pub(crate) address: SocketAddr,
    pub(crate) query: String,
    pub(crate) files: Option<Files>,
}

/// The expected content of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) bytes: usize,
    pub(crate) crc32: u32,
}

/// What a shard holds between slices.
pub struct CrawlState<R: Runtime> {
    tour: Arc<Tour>,
    workers: Vec<Worker<R>>,
    pages: u64,
}

impl Workload for Crawl {
    const INFO: WorkloadInfo<CrawlParams> = WorkloadInfo {
        name: "crawl",
        about: "a crawler that follows links over HTTP and saves the pages",
        operation: "page",
        granule: "crawl",
        latency: "service time of a page",
        params: CrawlParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| vec![PeerKind::Http],
        requests: |_| 1,
        shape: |params| {
            let pages = Site::reached(params.links, params.depth).unwrap_or(u64::MAX);
            Shape::new(pages, params.conns)
        },
        headline: |_| Headline::Time,
        parallel: |params| params.conns > 1,
    };

    type Params = CrawlParams;
    type State<R: Runtime> = CrawlState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<CrawlParams>,
    ) -> impl Future<Output = Result<CrawlState<R>, Fault>> + MaybeSend {
        async move {
            let CrawlParams { links, depth, conns, variant, save, .. } = part.params;
            if save || variant == Variant::Blocking {
                rt.info().offload.map_err(|why| Fault::Unsupported(why.into()))?;
            }
            let pages = Site::reached(links, depth).filter(|pages| *pages <= MOST_PAGES).ok_or_else(|| {
                let what = format!("{links} links a page and a depth of {depth} are more than {MOST_PAGES} pages");
                Fault::Failed(format!("{what}; take less of one"))
            })?;
            let tour = Arc::new(tour(&part)?);
            let mut workers = Vec::new();
            if !tour.starts.is_empty() {
                for _ in 0..part.shard.share(conns).max(1) {
                    workers.push(Worker::start(rt, Arc::clone(&tour), variant).await?);
                }
            }
            Ok(CrawlState { tour, workers, pages })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut CrawlState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let mut total = Verified::default();
            if state.workers.is_empty() {
                return Ok(total);
            }
            for _ in 0..ops / state.pages {
                total = total + crawl(rt, state, meter).await?;
            }
            Ok(total)
        }
    }

    fn put_away<R: Runtime>(rt: R, state: &mut CrawlState<R>) -> impl Future<Output = Result<(), Fault>> + MaybeSend {
        let tour = Arc::clone(&state.tour);
        async move {
            if tour.files.is_none() {
                return Ok(());
            }
            rt.offload(move || put_away_files(&tour)).await
        }
    }

    fn teardown<R: Runtime>(rt: R, state: CrawlState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            let CrawlState { tour, workers, .. } = state;
            drop(workers);
            // The last owner removes the folder, which blocks.
            if tour.files.is_some() {
                rt.offload(move || drop(tour)).await;
            }
        }
    }
}

/// The shard's part of a site. The first shard has the root; the pages below it are divided as a crawler on
/// several machines divides a site by its addresses, and links into another shard's part are not followed.
fn tour(part: &Part<CrawlParams>) -> Result<Tour, Fault> {
    let CrawlParams { links, depth, text, delay, save, .. } = part.params;
    let site = Site { seed: part.seed, links, text };
    let Shard { index, count } = part.shard;
    let mut starts: Vec<(u64, u64)> = if index == 0 { vec![(0, 0)] } else { Vec::new() };
    let mut pages: Vec<(u64, u64)> = starts.clone();
    if depth > 0 {
        starts.extend(site.below(0).filter(|page| *page as usize % count == index).map(|page| (page, 1)));
    }
    pages.extend(starts.iter().copied().filter(|(page, _)| *page > 0));
    let mut next = 0;
    while let Some(&(page, level)) = pages.get(next) {
        next += 1;
        if level < depth && page > 0 {
            pages.extend(site.below(page).map(|below| (below, level + 1)));
        }
    }
    let expected = |page: u64| {
        let document = site.page(page);
        (page, Expected { bytes: document.len(), crc32: crc32fast::hash(&document) })
    };
    Ok(Tour {
        site,
        depth,
        starts,
        pages: pages.into_iter().map(|(page, _)| expected(page)).collect(),
        address: part.peers_of(PeerKind::Http)?.remove(0).address,
        query: format!("links={links}&text={text}&delay_us={}", delay.as_micros()),
        files: if save { Some(Files::new()?) } else { None },
    })
}

/// One crawl: every worker until nothing is left, and every page of this shard exactly once.
async fn crawl<R: Runtime>(rt: R, state: &mut CrawlState<R>, meter: &Arc<Meter>) -> Result<Verified, Fault> {
    let tour = &state.tour;
    let frontier = Arc::new(Frontier::new(tour.depth, &tour.starts));
    let mut handles = Vec::with_capacity(state.workers.len());
    for mut worker in state.workers.drain(..) {
        let (frontier, meter) = (Arc::clone(&frontier), Arc::clone(meter));
        handles.push(rt.spawn(async move {
            let outcome = worker.work(rt, &frontier, &meter).await;
            if outcome.is_err() {
                frontier.give_up();
            }
            (worker, outcome)
        }));
    }
    let mut total: Result<Verified, Fault> = Ok(Verified::default());
    for handle in handles {
        let (worker, outcome) = handle.await;
        state.workers.push(worker);
        total = total.and_then(|total| Ok(total + outcome?));
    }
    let total = total?;
    let (found, expected) = (frontier.found(), state.tour.pages.len());
    if (found, total.ops) == (expected, expected as u64) {
        Ok(total)
    } else {
        Err(Fault::Wrong(format!("{found} pages were found and {} fetched, of {expected}", total.ops)))
    }
}

/// Checks that the folder holds exactly the pages as they must be; empties the files, so that those of the
/// next slice are its own. Blocks.
fn put_away_files(tour: &Tour) -> Result<(), Fault> {
    let Some(files) = &tour.files else { return Ok(()) };
    let found = files.count()?;
    if found != tour.pages.len() {
        return Err(Fault::Wrong(format!("{found} files are there for {} pages", tour.pages.len())));
    }
    for (page, expected) in &tour.pages {
        let saved = files.read(*page)?;
        let saved = Expected { bytes: saved.len(), crc32: crc32fast::hash(&saved) };
        if saved != *expected {
            return Err(Fault::Wrong(format!("the file of page {page} is {saved:?}, not {expected:?}")));
        }
        files.empty(*page)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopswap_rt::{Commons, Peer};
    use std::collections::HashSet;

    fn part(depth: u64, shard: Shard) -> Part<CrawlParams> {
        let (delay, variant) = (Duration::ZERO, Variant::Tasks);
        let params = CrawlParams { links: 5, depth, conns: 2, text: 10, delay, variant, save: false };
        let peers = vec![Peer::new(PeerKind::Http, "127.0.0.1:80".parse().expect("an address"))];
        Part { params, shard, peers, seed: 3, commons: Commons::default() }
    }

    #[test]
    fn files_are_those_of_the_last_slice() {
        let whole = Shard { index: 0, count: 1 };
        let mut part = part(1, whole);
        part.params.save = true;
        let tour = tour(&part).expect("a tour");
        let files = tour.files.as_ref().expect("a folder");
        let save = || tour.pages.keys().try_for_each(|page| files.save(*page, &tour.site.page(*page)));
        assert!(matches!(put_away_files(&tour), Err(Fault::Wrong(_))), "nothing was saved");
        save().expect("they are written");
        assert_eq!(put_away_files(&tour), Ok(()));
        assert!(matches!(put_away_files(&tour), Err(Fault::Wrong(_))), "nothing was saved since");
        save().expect("they are written");
        files.save(1, b"another").expect("it is written");
        assert!(matches!(put_away_files(&tour), Err(Fault::Wrong(_))), "one is another");
        save().expect("they are written");
        files.save(1_000_000, b"").expect("it is written");
        assert!(matches!(put_away_files(&tour), Err(Fault::Wrong(_))), "one is too many");
    }

    #[test]
    fn the_shards_share_out_the_whole_site() {
        for (depth, count) in [(0, 1), (0, 3), (1, 2), (3, 1), (3, 3), (2, 8)] {
            let mut all = HashSet::new();
            for index in 0..count {
                let tour = tour(&part(depth, Shard { index, count })).expect("a tour");
                assert!(tour.starts.iter().all(|(page, _)| tour.pages.contains_key(page)));
                for page in tour.pages.keys() {
                    assert!(all.insert(*page), "page {page} has one shard");
                }
            }
            let reached = Site::reached(5, depth).expect("few");
            assert_eq!(all, (0..reached).collect(), "depth {depth} on {count} shards");
        }
    }
}
