//! Tidiness within a crate is a test too: its modules take from each other in one direction.

use crate::tidy::{read, root};
use std::collections::BTreeSet;

/// The text of a module of a crate: its file, and those in the folder of that name; without comments and tests.
fn module(of: &str, name: &str) -> String {
    let file = root().join(of).join(format!("{name}.rs"));
    let folder = file.with_extension("");
    let mut waiting = vec![if file.is_file() { file } else { folder.join("mod.rs") }, folder];
    let mut text = String::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let inner = std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path());
            waiting.extend(inner.filter(|path| path.file_name().is_some_and(|name| name != "mod.rs")));
        } else if let Ok(source) = std::fs::read_to_string(&path) {
            let code = source.split("\n#[cfg(test)]").next().unwrap_or_default();
            code.lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .for_each(|line| text += &format!("{line}\n"));
        }
    }
    text
}

/// What a text names right after `from`, such as `crate::`: `crate::a::B` names `a`, `crate::{a, c::D}` names `a`
/// and `c`.
fn named(text: &str, from: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for rest in text.split(from).skip(1) {
        let Some(list) = rest.strip_prefix('{') else {
            names.insert(word(rest));
            continue;
        };
        let (mut depth, mut begins) = (0, true);
        for (at, sign) in list.char_indices() {
            match sign {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                _ if begins && !sign.is_whitespace() => {
                    begins = false;
                    names.insert(word(&list[at..]));
                }
                _ => {}
            }
        }
    }
    names
}

/// The types whose methods a text has.
fn with_methods(text: &str) -> BTreeSet<String> {
    let heads = text.lines().filter(|line| line.starts_with("impl") && !line.contains(" for "));
    let after = |line: &str| {
        let generics = line.strip_prefix("impl<").and_then(|line| line.split_once("> "));
        generics.map_or_else(|| line["impl ".len()..].to_owned(), |(_, rest)| rest.to_owned())
    };
    heads.map(|line| after(line).split(['<', ' ', '{']).next().unwrap_or_default().to_owned()).collect()
}

/// Data flows one way through the modules of a crate too.
#[test]
fn no_modules_take_from_each_other() {
    assert_eq!(
        named("use crate::{a, b::{c, d}, e};\ncrate::f::g(&h);", "crate::").into_iter().collect::<String>(),
        "abef"
    );
    assert_eq!(with_methods("impl<'a> Run<'a> {\nimpl Row {\nimpl From<A> for B {").len(), 2);
    for (source, first, from) in [
        ("harness/rt/src/erased", "mod.rs", "super::"),
        ("harness/runner/src", "lib.rs", "crate::"),
        ("harness/conductor/src", "lib.rs", "crate::"),
        ("harness/conductor/src/suite", "../suite.rs", "super::"),
        ("harness/conductor/src/verify", "../verify.rs", "super::"),
        ("harness/cli/src", "lib.rs", "crate::"),
    ] {
        let list = read(&format!("{source}/{first}"));
        let modules: BTreeSet<&str> = list
            .lines()
            .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
            .collect();
        assert!(modules.len() >= 4, "{source}: only {modules:?}");
        let mut left = Vec::new();
        for name in &modules {
            // What a macro names is for those who call it.
            let text = module(source, name).replace("$crate::", "");
            let taken = named(&text, from);
            let unknown = taken.iter().find(|taken| !modules.contains(taken.as_str()));
            assert_eq!(unknown, None, "{source}: `{name}` does not say from which module it takes it");
            // Methods elsewhere would lead back to a type that knows nothing of it.
            let defined = |of: &String| ["struct", "enum"].iter().any(|kind| text.contains(&format!("{kind} {of}")));
            let foreign = with_methods(&text).into_iter().find(|of| !defined(of));
            assert_eq!(foreign, None, "{source}: methods in `{name}`, which does not define the type");
            left.push((*name, taken));
        }
        loop {
            let names: BTreeSet<String> = left.iter().map(|(name, _)| (*name).to_owned()).collect();
            let before = left.len();
            left.retain(|(_, taken)| !taken.is_disjoint(&names));
            if left.len() == before {
                break;
            }
        }
        assert!(left.is_empty(), "{source}: modules that take from each other, or from such modules: {left:#?}");
    }
}

/// What two verbs share is in a module beside them.
#[test]
fn no_verb_takes_from_another() {
    let list = read("harness/cli/src/cmd/mod.rs");
    let verbs: BTreeSet<String> = list
        .lines()
        .filter_map(|line| Some(line.strip_prefix("pub(crate) mod ")?.strip_suffix(';')?.to_owned()))
        .collect();
    assert!(verbs.len() > 10, "only {verbs:?}");
    for verb in &verbs {
        let text = module("harness/cli/src/cmd", verb);
        let taken: Vec<_> = named(&text, "super::").intersection(&verbs).cloned().collect();
        assert!(taken.is_empty() && !text.contains("cmd::"), "{verb} takes from the verbs {taken:?}");
    }
}
