//! The page of an error code as a terminal shows it: paragraphs to its width, examples set in.

/// Columns beyond which a paragraph is hard to read.
const WIDEST: usize = 100;

/// Draws a page of `docs/errors` for a terminal of `width` columns.
pub fn draw(page: &str, width: usize) -> String {
    let width = width.clamp(40, WIDEST);
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            flush(&mut paragraph, width, &mut out);
            // A block of another file than the text itself bears its name.
            if let Some((_, name)) = info.split_once(' ').filter(|(_, name)| *name != "alone") {
                if !out.ends_with("\n\n") {
                    out.push('\n');
                }
                out.push_str(&format!("    {name}:\n"));
            }
            for code in lines.by_ref().take_while(|line| *line != "```") {
                out.push_str(format!("    {code}").trim_end());
                out.push('\n');
            }
        } else if line.is_empty() {
            flush(&mut paragraph, width, &mut out);
            out.push('\n');
        } else if let Some(title) = line.strip_prefix("# ") {
            out.push_str(&format!("{title}\n"));
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    flush(&mut paragraph, width, &mut out);
    // Examples of syntax are read, not checked.
    if page.contains("\n```plim\n") && !page.starts_with("# E01") {
        out.push_str(
            "\nThe examples stand beside the small bank that `plimsoll help bank` prints.\n",
        );
    }
    out
}

/// Writes a paragraph in lines of at most `width` columns.
fn flush(paragraph: &mut String, width: usize, out: &mut String) {
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    if column > 0 {
        out.push('\n');
    }
    paragraph.clear();
}

#[cfg(test)]
mod tests {
    #[test]
    fn paragraphs_are_broken_and_examples_are_not() {
        let page = "# E0001: a title\n\nOne two three four five six seven eight nine ten eleven twelve.\n\nFails:\n\n\
                    ```csv data/x.csv\nid,amount\n```\n";
        assert_eq!(
            super::draw(page, 40),
            "E0001: a title\n\nOne two three four five six seven eight\nnine ten eleven twelve.\n\nFails:\n\n    \
             data/x.csv:\n    id,amount\n"
        );
    }
}
