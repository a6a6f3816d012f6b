//! Prints a directory as a tree, then writes a report file into it, reads the
//! report back, and removes what it made. Shows std::fs, paths, traits, errors,
//! and, with "panic" as an argument, what a Rust panic looks like.
//! Usage: tree [directory] [panic]  (default directory: .)

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

enum Node {
    File { name: String, size: u64 },
    Directory { name: String, children: Vec<Node> },
}

impl Node {
    fn read(path: &Path, name: String) -> io::Result<Node> {
        let metadata = fs::symlink_metadata(path)?;
        if !metadata.is_dir() {
            return Ok(Node::File { name, size: metadata.len() });
        }
        let mut entries: Vec<_> = fs::read_dir(path)?.collect::<io::Result<_>>()?;
        entries.sort_by_key(|entry| entry.file_name());
        let children = entries
            .iter()
            .map(|entry| Node::read(&entry.path(), entry.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<_>>()?;
        Ok(Node::Directory { name, children })
    }

    fn size(&self) -> u64 {
        match self {
            Node::File { size, .. } => *size,
            Node::Directory { children, .. } => children.iter().map(Node::size).sum(),
        }
    }

    fn print(&self, out: &mut dyn Write, indent: &str) -> io::Result<()> {
        match self {
            Node::File { name, size } => writeln!(out, "{indent}{name} ({size})"),
            Node::Directory { name, children } => {
                writeln!(out, "{indent}{name}/ ({} in {})", self.size(), children.len())?;
                let deeper = format!("{indent}  ");
                children.iter().try_for_each(|child| child.print(out, &deeper))
            }
        }
    }
}

fn report(directory: &Path, tree: &Node) -> io::Result<()> {
    let folder = directory.join("report");
    fs::create_dir(&folder)?;
    let path = folder.join("tree.txt");
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    tree.print(&mut file, "> ")?;
    file.seek(SeekFrom::Start(0))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    println!("report: {} lines, {} bytes", text.lines().count(), text.len());
    drop(file);

    let copy = folder.join("copy.txt");
    println!("copied {} bytes", fs::copy(&path, &copy)?);
    fs::rename(&copy, folder.join("renamed.txt"))?;
    println!("copy still there: {}", copy.exists());
    println!("create again: {:?}", OpenOptions::new().write(true).create_new(true).open(&path).unwrap_err().kind());
    println!("open missing: {:?}", File::open(folder.join("missing")).unwrap_err().kind());
    println!("removing a full directory fails: {}", fs::remove_dir(&folder).is_err());
    fs::remove_dir_all(&folder)?;
    println!("removed: {}", !folder.exists());
    Ok(())
}

fn main() -> io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let directory = Path::new(args.first().map_or(".", String::as_str));
    let tree = Node::read(directory, directory.display().to_string())?;
    tree.print(&mut io::stdout().lock(), "")?;
    report(directory, &tree)?;
    if args.get(1).map(String::as_str) == Some("panic") {
        let empty: Vec<u64> = Vec::new();
        let index = args.len();
        println!("about to read index {index} of an empty vector");
        println!("{}", empty[index]);
    }
    Ok(())
}
