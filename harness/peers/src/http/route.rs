//! From a request target to the thing that is asked for.

use super::Stall;
use loopswap_protocol::Site;
use std::time::Duration;

/// The largest body that is served, in bytes.
pub const MAX_BODY: usize = 64 << 20;

/// The longest delay before an answer.
pub const MAX_DELAY: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    Body { bytes: usize, seed: u64, delay: Duration, stall: Option<Stall> },
    Page { site: Site, number: u64, delay: Duration },
    Stats,
    Health,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    NotFound,
    /// What is wrong, as a sentence.
    Bad(String),
}

pub(super) fn route(path: &str, query: Option<&str>) -> Result<Route, Refusal> {
    match path {
        "/stats" => return Ok(Route::Stats),
        "/health" => return Ok(Route::Health),
        _ => {}
    }
    if let Some(rest) = path.strip_prefix("/page/") {
        return page(rest, query.unwrap_or_default());
    }
    let (bytes, seed) = path.strip_prefix("/body/").and_then(|rest| rest.split_once('/')).ok_or(Refusal::NotFound)?;
    if seed.contains('/') {
        return Err(Refusal::NotFound);
    }
    let bytes = bounded("bytes", bytes, MAX_BODY as u64)?;
    let Manner { delay, stall, stall_every } = manner(query.unwrap_or_default())?;
    Ok(Route::Body {
        bytes: usize::try_from(bytes).map_err(|_| Refusal::NotFound)?,
        seed: bounded("seed", seed, u64::MAX)?,
        delay,
        stall: Stall::new(stall, stall_every).map_err(Refusal::Bad)?,
    })
}

/// The most links of a page.
pub const MAX_LINKS: u64 = 64;

/// `{seed}/{number}?links=N&text=N&delay_us=N`.
fn page(path: &str, query: &str) -> Result<Route, Refusal> {
    let (seed, number) = path.split_once('/').filter(|(_, number)| !number.contains('/')).ok_or(Refusal::NotFound)?;
    let (mut links, mut text, mut delay) = (1, 0, 0);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (of, most) = match name {
            "links" => (&mut links, MAX_LINKS),
            "text" => (&mut text, MAX_BODY as u64),
            "delay_us" => (&mut delay, MAX_DELAY.as_micros() as u64),
            _ => {
                let known = "`links=N`, `text=N` and `delay_us=N`";
                return Err(Refusal::Bad(format!("There is no parameter `{pair}`; there are {known}.")));
            }
        };
        *of = bounded(name, value, most)?;
    }
    let text = usize::try_from(text).map_err(|_| Refusal::NotFound)?;
    let site = Site { seed: bounded("seed", seed, u64::MAX)?, links: links.max(1), text };
    let number = bounded("number", number, u64::MAX)?;
    Ok(Route::Page { site, number, delay: site.delay(number, Duration::from_micros(delay)) })
}

/// The parameters of an answer.
#[derive(Default)]
struct Manner {
    delay: Duration,
    stall: Duration,
    stall_every: Duration,
}

fn manner(query: &str) -> Result<Manner, Refusal> {
    let mut manner = Manner::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let time = match name {
            "delay_us" => &mut manner.delay,
            "stall_us" => &mut manner.stall,
            "stall_every_us" => &mut manner.stall_every,
            _ => {
                let known = "`delay_us=N`, `stall_us=N` and `stall_every_us=N`";
                return Err(Refusal::Bad(format!("There is no parameter `{pair}`; there are {known}.")));
            }
        };
        *time = Duration::from_micros(bounded(name, value, MAX_DELAY.as_micros() as u64)?);
    }
    Ok(manner)
}

fn bounded(name: &str, text: &str, most: u64) -> Result<u64, Refusal> {
    // `parse` alone would take a plus sign, which a URL may mean as a space.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(Refusal::Bad(format!("{name} is `{text}`, but it must be a whole number in decimal digits.")));
    }
    match text.parse() {
        Ok(number) if number <= most => Ok(number),
        _ => Err(Refusal::Bad(format!("{name} is {text}, but it must be at most {most}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(path: &str, query: Option<&str>) -> String {
        match route(path, query) {
            Err(Refusal::Bad(sentence)) => sentence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn targets_are_read() {
        let body = |bytes, seed, us| Ok(Route::Body { bytes, seed, delay: Duration::from_micros(us), stall: None });
        assert_eq!(route("/body/10/20", None), body(10, 20, 0));
        assert_eq!(route("/body/0/18446744073709551615", Some("")), body(0, u64::MAX, 0));
        assert_eq!(route("/body/67108864/1", Some("delay_us=60000000")), body(MAX_BODY, 1, 60_000_000));
        assert_eq!(route("/stats", None), Ok(Route::Stats));
        assert_eq!(route("/health", None), Ok(Route::Health));
    }

    #[test]
    fn a_stall_is_read() {
        let Ok(Route::Body { stall: Some(stall), .. }) = route("/body/1/1", Some("stall_us=2&stall_every_us=5")) else {
            panic!("a stall is asked for");
        };
        assert_eq!(stall, Stall::new(Duration::from_micros(2), Duration::from_micros(5)).unwrap().unwrap());
    }

    #[test]
    fn a_page_is_read() {
        let site = Site { seed: 9, links: 3, text: 100 };
        let delay = site.delay(4, Duration::from_micros(50));
        assert_eq!(
            route("/page/9/4", Some("links=3&text=100&delay_us=50")),
            Ok(Route::Page { site, number: 4, delay })
        );
        assert!(sentence("/page/9/4", Some("links=65")).contains("at most 64"));
        assert!(sentence("/page/9/4", Some("link=6")).contains("`links=N`"));
        assert_eq!(route("/page/9/4/5", None), Err(Refusal::NotFound));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["/", "", "*", "/body", "/body/", "/body/1", "/body/1/2/3", "/Body/1/2", "/stats/"] {
            assert_eq!(route(path, None), Err(Refusal::NotFound), "{path}");
        }
    }

    #[test]
    fn a_bad_number_is_explained() {
        assert_eq!(sentence("/body/67108865/1", None), "bytes is 67108865, but it must be at most 67108864.");
        assert_eq!(sentence("/body/+1/1", None), "bytes is `+1`, but it must be a whole number in decimal digits.");
        assert!(sentence("/body/1/", None).starts_with("seed is ``"));
        assert!(sentence("/body/1/18446744073709551616", None).contains("at most 18446744073709551615"));
        assert!(sentence("/body/1/1", Some("delay_us=60000001")).contains("at most 60000000"));
        assert!(sentence("/body/1/1", Some("delay_us=-1")).contains("whole number"));
        assert!(sentence("/body/1/1", Some("delay=1")).contains("`delay=1`"));
        assert!(sentence("/body/1/1", Some("stall_us=5&stall_every_us=5")).contains("shorter than"));
        assert!(sentence("/body/1/1", Some("stall_us=5")).contains("shorter than"));
    }
}
