//! The modules of the crate lie on top of each other: what uses what is derived from the source, and nothing
//! uses what lies above it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The modules, the lowest first. Sentences are part of a report, so `words` lies below `judge`; a view shows
/// what it is given, so nothing but the crate's own users and `selftest` lies above `view`.
const ORDER: [&str; 10] =
    ["figures", "record", "claim", "words", "judge", "model", "comparison", "analysis", "view", "selftest"];

/// The modules at the root of the crate that a file names by `crate::…` or `super::…`. `module` is the file's own,
/// such as `["view", "explain", "race"]`.
fn named(module: &[String], text: &str) -> BTreeSet<String> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String =
        product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    for (at, word) in code.match_indices("crate::").chain(code.match_indices("super::")) {
        // One `super` of several, and `loopswap_crate::`, are not the beginning of a path.
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':') {
            continue;
        }
        let mut rest = &code[at + word.len()..];
        let mut parents = usize::from(word == "super::");
        while let Some(further) = rest.strip_prefix("super::") {
            (rest, parents) = (further, parents + 1);
        }
        let depth = if word == "crate::" { 0 } else { module.len().saturating_sub(parents) };
        if depth == 0 {
            found.extend(first_names(rest));
        } else {
            found.insert(module[0].clone());
        }
    }
    found
}

/// The first name of a path, or of every path in a group: `a` and `b` of `{a::{x, y}, b}`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_' || *letter == '*')
            .collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut names) = (0_usize, vec![name(group)]);
    for (at, letter) in group.char_indices() {
        match letter {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Every source file below a folder, with its module.
fn sources(root: &Path) -> Vec<(Vec<String>, String)> {
    let (mut waiting, mut found) = (vec![root.to_path_buf()], Vec::new());
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            let own: PathBuf = path.strip_prefix(root).expect("below the root").with_extension("");
            let names = own.iter().map(|name| name.to_string_lossy().into_owned());
            let module: Vec<String> = names.filter(|name| name != "mod" && name != "lib").collect();
            found.push((module, std::fs::read_to_string(&path).expect("a source file")));
        }
    }
    found
}

#[test]
fn no_module_uses_one_that_lies_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut arrows: BTreeMap<(String, String), String> = BTreeMap::new();
    for (module, text) in sources(&root) {
        // The root of the crate lists all of them.
        let Some(from) = module.first() else { continue };
        for to in named(&module, &text).into_iter().filter(|to| to != from) {
            arrows.entry((from.clone(), to)).or_insert_with(|| module.join("/"));
        }
    }
    let place = |name: &str| {
        let place = ORDER.iter().position(|module| *module == name);
        place.unwrap_or_else(|| panic!("`crate::{name}` is not a module of ORDER: name the module that it is in"))
    };
    let upward = arrows.iter().filter(|((from, to), _)| place(from) <= place(to));
    let upward: Vec<String> = upward.map(|((from, to), file)| format!("{file}: {from} uses {to}")).collect();
    assert!(upward.is_empty(), "the order is {ORDER:?}, but\n{}", upward.join("\n"));
    for module in &ORDER[..8] {
        assert!(arrows.keys().any(|(_, to)| to == module), "nothing uses `{module}`: are arrows found at all?");
    }
}

#[test]
fn every_way_to_name_a_module_is_seen() {
    let module = |path: &str| -> Vec<String> { path.split('/').map(str::to_owned).collect() };
    let of = |path: &str, text: &str| named(&module(path), text).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(of("view/table", "use crate::judge::Figure;"), "judge");
    assert_eq!(
        of("view/table", "use crate::{judge::{Figure, race}, model};\nlet x = crate::claim::parse;"),
        "claim judge model"
    );
    assert_eq!(
        of("view/explain/race", "use super::Page;\nuse super::super::super::analysis::explain;"),
        "analysis view"
    );
    assert_eq!(
        of("judge/race", "pub(in crate::judge) fn a() {}\n/// As [`b`](crate::view::b).\n// crate::view"),
        "judge"
    );
    assert_eq!(of("judge", "use super::analysis::x;\n#[cfg(test)]\nmod tests { use crate::view::y; }"), "analysis");
}
