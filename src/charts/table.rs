//! The numbers behind a chart.

use super::text::{count, number, plain, push_escaped, short_number};

/// A cell of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A count.
    Count(usize),
    /// A number, shown with this many decimals; without them, with about three significant digits.
    Number(f64, Option<usize>),
    /// Nothing: not defined.
    Empty,
}

impl Cell {
    /// A number that may be missing, shown with three decimals.
    pub fn score(value: Option<f64>) -> Self {
        match value {
            Some(value) => Cell::Number(value, Some(3)),
            None => Cell::Empty,
        }
    }

    /// What people read.
    pub fn shown(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(value) => count(*value),
            Cell::Number(value, Some(decimals)) => number(*value, *decimals),
            Cell::Number(value, None) => short_number(*value),
            Cell::Empty => "–".to_string(),
        }
    }

    /// What stands in a file: all digits.
    fn plain(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(value) => value.to_string(),
            Cell::Number(value, _) => plain(*value),
            Cell::Empty => String::new(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_string())
    }
}

/// Rows of numbers under named columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Names of the columns, with units.
    pub columns: Vec<String>,
    /// The rows; as many cells each as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// Most rows that a table shows inside the page; its file has all.
const SHOWN_ROWS: usize = 250;

impl Table {
    /// A table without rows.
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|name| (*name).to_string()).collect(),
            rows: Vec::new(),
        }
    }

    /// The table as HTML. Of more than 250 rows evenly spaced ones are shown, the first and the last among them, and the caption says so.
    pub fn to_html(&self, caption: &str) -> String {
        let shown = self.rows.len().min(SHOWN_ROWS);
        let mut html = String::from("<table><caption>");
        push_escaped(&mut html, caption);
        if shown < self.rows.len() {
            push_escaped(
                &mut html,
                &format!(
                    ". {} of {} rows, evenly spaced; the CSV file has all.",
                    count(shown),
                    count(self.rows.len())
                ),
            );
        }
        html.push_str("</caption><thead><tr>");
        for name in &self.columns {
            html.push_str("<th scope=\"col\">");
            push_escaped(&mut html, name);
            html.push_str("</th>");
        }
        html.push_str("</tr></thead><tbody>");
        for index in 0..shown {
            let row = if shown == self.rows.len() {
                index
            } else {
                index * (self.rows.len() - 1) / (shown - 1)
            };
            html.push_str("<tr>");
            for (column, cell) in self.rows[row].iter().enumerate() {
                let (open, close) = match (column, cell) {
                    (0, Cell::Text(_)) => ("<th scope=\"row\">", "</th>"),
                    (_, Cell::Text(_)) => ("<td>", "</td>"),
                    _ => ("<td class=\"numeric\">", "</td>"),
                };
                html.push_str(open);
                push_escaped(&mut html, &cell.shown());
                html.push_str(close);
            }
            html.push_str("</tr>");
        }
        html.push_str("</tbody></table>");
        html
    }

    /// The table as a CSV file (RFC 4180, UTF-8). Texts that a spreadsheet would run as a formula get an apostrophe in front.
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        push_record(&mut csv, self.columns.iter().map(|name| guarded(name)));
        for row in &self.rows {
            push_record(
                &mut csv,
                row.iter().map(|cell| match cell {
                    Cell::Text(text) => guarded(text),
                    other => other.plain(),
                }),
            );
        }
        csv
    }
}

fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_string()
    }
}

fn push_record(csv: &mut String, fields: impl Iterator<Item = String>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            csv.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            csv.push('"');
            csv.push_str(&field.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(&field);
        }
    }
    csv.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_all_digits_and_are_quoted() {
        let mut table = Table::new(&["Task, name", "AUROC"]);
        table.rows.push(vec![
            Cell::from("a \"b\""),
            Cell::Number(0.123456789, Some(3)),
        ]);
        table.rows.push(vec![Cell::from("=1+1"), Cell::Empty]);
        assert_eq!(
            table.to_csv(),
            "\"Task, name\",AUROC\r\n\"a \"\"b\"\"\",0.123456789\r\n'=1+1,\r\n"
        );
    }

    #[test]
    fn long_tables_are_thinned_in_the_page_only() {
        let mut table = Table::new(&["n"]);
        table.rows = (0..1000).map(|n| vec![Cell::Count(n)]).collect();
        let html = table.to_html("Numbers");
        assert_eq!(html.matches("<td").count(), 250);
        assert!(html.contains(">0</td>") && html.contains(">999</td>"));
        assert!(html.contains("250 of 1,000 rows"));
        assert_eq!(table.to_csv().lines().count(), 1001);
    }
}
