//! The fuzz targets on stable: each reader is given damaged copies of good files and bytes of no kind at all, for a moment.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

#[path = "../fuzz/entry.rs"]
mod entry;

use proptest::prelude::*;
use proptest::sample::Index;

const POSITIONS: &str = "id,ccy,amount,end,coupon,last,segment\n\
    L1,EUR,250000,2031-06-30,3.6,2026-06-30,retail\n\
    L2,USD,4000.50,2029-03-31,-0.1,2026-06-30,sme\n\
    \"L,3\",EUR,0,2026-10-01,,2026-09-30,corporate\n";
const CURVE: &str = "tenor,value\n1d,0.02\n3M,0.021\n1Y,0.025\n5Y,0.027\n30Y,0.028\n";
const FIXINGS: &str = "date,value\n2026-06-30,0.021\n2026-09-30,0.025\n";
const MACRO: &str = "Date,Value\n2026 Q3,6.1\n2026 Q4,6.4\n2027-03-31,6.8\n";

/// A good file with some bytes changed, lost or added, or cut off.
fn damaged(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let slip = (any::<Index>(), 0u8..4, any::<u8>());
    prop::collection::vec(slip, 0..6).prop_map(move |slips| {
        let mut bytes = good.clone();
        for (at, kind, byte) in slips {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, byte),
                _ if byte < 32 => bytes.truncate(at),
                _ => bytes[at] = b",\n\"-.;0 "[usize::from(byte) % 8],
            }
        }
        bytes
    })
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

fn parquet() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/scenarios/halyard/data/2026-09-30/savings.parquet"
    );
    std::fs::read(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn texts(bytes in prop_oneof![any_bytes(), damaged(include_bytes!("../docs/bank.plim").to_vec())]) {
        entry::parse(&bytes);
        entry::program(&bytes);
    }

    #[test]
    fn position_files(bytes in prop_oneof![1 => any_bytes(), 6 => damaged(POSITIONS.into())]) {
         entry::positions_csv(&bytes);
    }

    #[test]
    fn parquet_files(bytes in prop_oneof![1 => any_bytes(), 6 => damaged(parquet())]) {
        entry::positions_parquet(&bytes);
    }

    #[test]
    fn files_of_a_market(bytes in prop_oneof![
        1 => any_bytes(),
        3 => damaged(CURVE.into()),
        3 => damaged(FIXINGS.into()),
        3 => damaged(MACRO.into()),
    ]) {
        entry::market_files(&bytes);
    }
}
