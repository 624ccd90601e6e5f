//! The pages of a site that the HTTP peer serves and a crawler follows.
//!
//! The peer serves these pages, and a workload computes them anew to check the answers. The site of seed `s`
//! with `l` links a page is a tree with further links: page 0 is its root, page `n` links to the pages `n l +
//! 1` to `n l + l`, and every page but the root also links to one of those above it, drawn from the seed. So
//! the pages that a crawl reaches in `d` steps are those of the tree's first levels, in whatever order it
//! fetches them; many are found more than once; and both sides know them all.
//!
//! Draws are the first word of the [`body`](crate::body()) whose seed is `s`, rotated by 32 bits, xor the
//! number of the page.

use crate::body;
use std::ops::Range;
use std::time::Duration;

/// A site: its seed and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The seed of all draws.
    pub seed: u64,
    /// Links of each page into the tree, at least 1.
    pub links: u64,
    /// Bytes of text in each page, without its links.
    pub text: usize,
}

impl Site {
    /// The pages below `page` in the tree. `page` and the links of a page multiply: a crawl's depth keeps
    /// them small.
    #[must_use]
    pub fn below(&self, page: u64) -> Range<u64> {
        let first = page.saturating_mul(self.links).saturating_add(1);
        first..first.saturating_add(self.links)
    }

    /// The page above `page` in the tree that it also links to; `None` for the root.
    fn back(&self, page: u64) -> Option<u64> {
        if self.links <= 1 {
            // A line: all pages before this one are above it, which can be any number of them.
            let place = self.draw(page).checked_rem(page)?;
            return Some(page - 1 - place);
        }
        let above: Vec<u64> =
            std::iter::successors(Some(page), |page| Some(page.checked_sub(1)? / self.links)).skip(1).collect();
        let last = u64::try_from(above.len()).unwrap_or(u64::MAX);
        usize::try_from(self.draw(page).checked_rem(last)?).ok().and_then(|place| above.get(place).copied())
    }

    /// How many pages `depth` steps from the root reach, including the root; `None` if the number exceeds 64
    /// bits.
    #[must_use]
    pub fn reached(links: u64, depth: u64) -> Option<u64> {
        let mut level: u64 = 1;
        let mut all: u64 = 1;
        for _ in 0..depth {
            level = level.checked_mul(links)?;
            all = all.checked_add(level)?;
        }
        Some(all)
    }

    /// The document of `page`: HTML, ASCII.
    #[must_use]
    pub fn page(&self, page: u64) -> Vec<u8> {
        let mut html = format!("<!doctype html>\n<title>Page {page}</title>\n").into_bytes();
        let back = self.back(page);
        for link in self.below(page).chain(back) {
            let line = format!("<a href=\"/page/{}/{link}\">Page {link}</a>\n", self.seed);
            html.extend_from_slice(line.as_bytes());
        }
        html.extend_from_slice(b"<p>");
        html.extend(body(self.text, self.draw(page)).into_iter().map(|byte| b'a' + byte % 26));
        html.extend_from_slice(b"</p>\n");
        html
    }

    /// How long the answer with `page` waits, if no page waits for more than `most`: not at all for the root,
    /// else between half of it and all of it, drawn.
    #[must_use]
    pub fn delay(&self, page: u64, most: Duration) -> Duration {
        if page == 0 {
            return Duration::ZERO;
        }
        let half = most / 2;
        // The upper bits of a draw as a fraction of 1.
        half + half.mul_f64((self.draw(page) >> 32) as f64 / f64::from(u32::MAX))
    }

    fn draw(&self, page: u64) -> u64 {
        let mut word = [0; 8];
        word.copy_from_slice(&body(8, self.seed.rotate_left(32) ^ page));
        u64::from_le_bytes(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: Site = Site { seed: 7, links: 3, text: 20 };

    #[test]
    fn a_page_links_to_those_below_and_to_one_above() {
        let page = |page| String::from_utf8(SITE.page(page)).expect("ASCII");
        let root = page(0);
        assert!(
            root.starts_with("<!doctype html>\n<title>Page 0</title>\n<a href=\"/page/7/1\">Page 1</a>\n"),
            "{root}"
        );
        assert_eq!(root.matches("href").count(), 3, "the root has nobody above it");
        for number in 1..50 {
            let page = page(number);
            let links: Vec<u64> = page
                .split("href=\"/page/7/")
                .skip(1)
                .map(|rest| rest.split_once('"').expect("a quote").0.parse().expect("a number"))
                .collect();
            assert_eq!(links[..3], [3 * number + 1, 3 * number + 2, 3 * number + 3]);
            let mut above = number;
            while above > links[3] {
                above = (above - 1) / 3;
            }
            assert!(links.len() == 4 && links[3] < number && above == links[3], "{number}: {links:?}");
        }
    }

    #[test]
    fn a_site_without_branches_is_as_deep_as_its_pages_are_many() {
        let line = Site { links: 1, ..SITE };
        for page in 1..50 {
            // As in a list of all pages above it.
            let above: Vec<u64> = (0..page).rev().collect();
            let place = usize::try_from(line.draw(page) % page).expect("few");
            assert_eq!(line.back(page), Some(above[place]));
        }
        assert_eq!(line.back(0), None);
        assert!(line.page(u64::MAX).len() < 1000, "no list of all pages above it");
    }

    #[test]
    fn as_many_pages_are_reached_as_the_tree_has() {
        assert_eq!(Site::reached(3, 0), Some(1));
        assert_eq!(Site::reached(3, 2), Some(13));
        assert_eq!(Site::reached(1, 5), Some(6));
        assert_eq!(Site::reached(64, 16), None);
        assert_eq!(SITE.below(4), 13..16);
    }

    #[test]
    fn delays_are_drawn_between_half_and_all() {
        let most = Duration::from_millis(100);
        assert_eq!(SITE.delay(0, most), Duration::ZERO);
        let delays: Vec<_> = (1..100).map(|page| SITE.delay(page, most)).collect();
        assert!(delays.iter().all(|delay| (most / 2..=most).contains(delay)));
        assert!(delays.windows(2).any(|pair| pair[0] != pair[1]), "they differ");
        assert_eq!(SITE.delay(5, Duration::ZERO), Duration::ZERO);
    }
}
