//! The links of a page.

use loopswap_rt::Fault;

/// The numbers of the pages that an HTML document of the site of `seed` links to, in their order.
pub(crate) fn links(document: &[u8], seed: u64) -> Result<Vec<u64>, Fault> {
    let html = std::str::from_utf8(document).map_err(|error| Fault::Wrong(format!("a page is not text: {error}")))?;
    let wrong = |link: &str| Fault::Wrong(format!("the link `{link}` leads out of the site"));
    html.split("href=\"")
        .skip(1)
        .map(|rest| {
            let link = rest.split_once('"').map_or(rest, |(link, _)| link);
            let (of, page) =
                link.strip_prefix("/page/").and_then(|path| path.split_once('/')).ok_or_else(|| wrong(link))?;
            match (of.parse::<u64>(), page.parse()) {
                (Ok(of), Ok(page)) if seed == of => Ok(page),
                _ => Err(wrong(link)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::links;
    use loopswap_protocol::Site;

    #[test]
    fn the_links_of_a_page_are_found_in_order() {
        let site = Site { seed: 11, links: 4, text: 100 };
        assert_eq!(links(&site.page(0), 11), Ok(vec![1, 2, 3, 4]));
        let of_two = links(&site.page(2), 11).expect("links");
        assert_eq!(of_two[..4], [9, 10, 11, 12]);
        assert!(of_two[4] < 2);
        assert_eq!(links(b"<p>nothing</p>", 11), Ok(vec![]));
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_wrong() {
        for html in ["href=\"/page/12/1\"", "href=\"/body/1/1\"", "href=\"/page/11/x\"", "href=\"/page/11\""] {
            assert!(links(html.as_bytes(), 11).is_err(), "{html}");
        }
        assert!(links(&[0xff, 0xfe], 11).is_err());
    }
}
