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

/// The text that `scripts/results` puts between two marks of a page.
fn spliced(page: &str, mark: &str) -> String {
    let (begin, end) = (format!("<!-- {mark}:begin -->\n```text\n"), format!("\n```\n<!-- {mark}:end -->"));
    let text = read(&root().join(page));
    let between = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end));
    between.unwrap_or_else(|| panic!("{page} has nothing between the marks `{mark}`")).0.to_owned()
}

/// The table of the newest run of the suite `quick`.
fn newest_table() -> String {
    let quick = |record: &PathBuf| record.parent().is_some_and(|folder| folder.to_string_lossy().ends_with("-quick"));
    let newest = records().into_iter().rfind(quick).expect("a record");
    made(&["report"], &newest).trim_end().to_owned()
}

#[test]
fn the_results_show_the_newest_table() {
    assert!(spliced("results/README.md", "results") == newest_table(), "stale: run scripts/results --pages");
}

#[test]
fn the_readme_shows_a_row_of_the_newest_table() {
    let (table, shown) = (newest_table(), spliced("README.md", "row"));
    // A row runs from its heading to the next blank line. The head of the table names no limit.
    let mut rows = table.split("\n\n").filter(|block| block.contains("limited by: "));
    assert!(rows.any(|row| row == shown), "stale: run scripts/results --pages");
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    for (arguments, file) in [(vec!["schema"], "report"), (vec!["schema", "--comparison"], "comparison")] {
        let published = read(&root().join(format!("results/{file}.schema.json")));
        assert!(published == stdout(&run(&arguments)), "stale: run scripts/results --pages");
    }
}
