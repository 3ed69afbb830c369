//! Writes the data files of the sample bank again: `cargo run --release --example generate_halyard`.

use std::path::Path;
use std::process::ExitCode;

use plimsoll::tools::sample;

fn write() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios/halyard")
        .join(sample::FOLDER);
    std::fs::create_dir_all(&folder)?;
    let mut total = 0;
    for (name, bytes) in sample::halyard_files()? {
        println!("{:>9} {name}", bytes.len());
        total += bytes.len();
        std::fs::write(folder.join(name), bytes)?;
    }
    println!("{total:>9} in all");
    for (name, currency, cents) in sample::halyard_totals() {
        println!("{name} {} {currency}", cents as f64 / 100.0);
    }
    Ok(())
}

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
