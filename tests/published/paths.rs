//! The Federal Reserve's files as published, in place of the scenario's own small ones: the same numbers.

use super::shared::Shared;
use std::path::Path;
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::write(&target, std::fs::read(&path).unwrap()).unwrap();
        }
    }
}

fn metrics(project: &Path, out: &Path) -> Result<String, String> {
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("run")
        .arg(project)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    if run.status.code() != Some(0) {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    Ok(std::fs::read_to_string(out.join("metrics.csv")).unwrap())
}

/// Runs the scenario with its own files and with the published ones.
pub fn same_numbers(published: &Shared) -> Result<(), String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/dfast_2025");
    let work = tempfile::tempdir().unwrap();
    let other = work.path().join("dfast_2025");
    copy(&own, &other);
    for name in [
        "2025-Table_2A_Supervisory_Baseline_Domestic.csv",
        "2025-Table_3A_Supervisory_Severely_Adverse_Domestic.csv",
    ] {
        let bytes = published.bytes(&format!("data/fed-dfast/2025/{name}"));
        std::fs::write(other.join("data").join(name), bytes).unwrap();
    }
    let ours = metrics(&own, &work.path().join("ours"))?;
    let theirs = metrics(&other, &work.path().join("theirs"))?;
    if ours == theirs && ours.lines().count() > 50 {
        Ok(())
    } else {
        Err("the numbers differ".to_owned())
    }
}
