//! The library and the help pages are embedded: a change in them is a reason to build again.

fn main() {
    for folder in ["stdlib", "docs/errors", "templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
