//! Counts the words of stdin and prints the most frequent ones.
//! Shows Rust's standard library on WASI: stdin lines, HashMap (whose hash seed
//! comes from random_get), iterators, sorting, arguments and formatting.
//! Usage: words [how-many]          (default: 5)

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::process::ExitCode;

fn words(line: &str) -> impl Iterator<Item = String> + '_ {
    line.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

fn main() -> ExitCode {
    let how_many = match std::env::args().nth(1).map(|arg| arg.parse::<usize>()) {
        None => 5,
        Some(Ok(n)) => n,
        Some(Err(error)) => {
            eprintln!("words: {error}");
            std::process::exit(2);
        }
    };

    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut lines = 0u32;
    for line in io::stdin().lock().lines() {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                eprintln!("words: line {}: {}", lines + 1, error.kind());
                return ExitCode::FAILURE;
            }
        };
        lines += 1;
        for word in words(&line) {
            *counts.entry(word).or_default() += 1;
        }
    }

    let total: u32 = counts.values().sum();
    let mut ranking: Vec<_> = counts.iter().collect();
    ranking.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    println!("{lines} lines, {total} words, {} different", ranking.len());
    for (word, count) in ranking.iter().take(how_many) {
        let share = **count as f64 * 100.0 / total as f64;
        println!("{count:>4} {share:>6.2}%  {word:<12}|{}", "#".repeat(**count as usize));
    }
    if let Some(longest) = ranking.iter().map(|(word, _)| word).max_by_key(|w| (w.chars().count(), std::cmp::Reverse(*w))) {
        println!("longest: {longest:?} with {} characters, {} bytes", longest.chars().count(), longest.len());
    }
    ExitCode::SUCCESS
}
