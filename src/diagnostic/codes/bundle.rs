//! Bundles, verify and explain: E0901 to E0998.

codes! {
    NOT_A_BUNDLE = "E0901", "the output folder exists and is no bundle";
    DIFFERS = "E0903", "a bundle that does not hold when it is verified";
    OTHER_FILE = "E0904", "the file for a result holds something else";
    CANNOT_WRITE = "E0902", "the output cannot be written";
}
