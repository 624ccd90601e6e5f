//! What is committed under `results/` is what its records say: `scripts/results --pages` makes it again.

use crate::tools::{code, run, stderr, stdout};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn records() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("results")).expect("results/");
    let mut records: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path().join("record.jsonl")).filter(|path| path.exists()).collect();
    records.sort();
    records
}

/// What `loopswap` prints about a record.
fn made(arguments: &[&str], record: &Path) -> String {
    let mut all = arguments.to_vec();
    let record = record.display().to_string();
    all.push(&record);
    let output = run(&all);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_page_is_made_from_its_record() {
    assert!(!records().is_empty(), "at least one real run is committed");
    for record in records() {
        for (arguments, file) in [(["report", "--json"], "report.json"), (["report", "--markdown"], "README.md")] {
            let path = record.with_file_name(file);
            let stale = format!("{} is stale: run scripts/results --pages", path.display());
            assert!(read(&path) == made(&arguments, &record), "{stale}");
        }
    }
}

#[test]
fn the_readme_shows_the_newest_table() {
    let quick = |record: &PathBuf| record.parent().is_some_and(|folder| folder.to_string_lossy().ends_with("-quick"));
    let newest = records().into_iter().rfind(quick).expect("a record");
    let table = made(&["report"], &newest);
    assert!(read(&root().join("README.md")).contains(table.trim_end()), "stale: run scripts/results --pages");
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    for (arguments, file) in [(vec!["schema"], "report"), (vec!["schema", "--comparison"], "comparison")] {
        let published = read(&root().join(format!("results/{file}.schema.json")));
        assert!(published == stdout(&run(&arguments)), "stale: run scripts/results --pages");
    }
}
