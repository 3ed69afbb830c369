#[test]
fn corpus() {
    std::fs::create_dir_all("/tmp/fmtout").unwrap();
    for f in glob::glob("/work/shared/examples/**/*.plim").unwrap().chain(glob::glob("tests/language/sample.plim").unwrap()) {
        let f = f.unwrap();
        let text = std::fs::read_to_string(&f).unwrap();
        let t = std::time::Instant::now();
        let out = plimsoll::syntax::format(&text).unwrap();
        let e = t.elapsed();
        let again = plimsoll::syntax::format(&out).unwrap();
        assert_eq!(out, again, "{}", f.display());
        let name = f.file_name().unwrap().to_str().unwrap();
        std::fs::write(format!("/tmp/fmtout/{name}"), &out).unwrap();
        std::fs::write(format!("/tmp/fmtout/{name}.orig"), &text).unwrap();
        println!("{} {e:?}", f.display());
    }
}
