//! A plot of the medians: one bar for each contender, as wide as its time.
//!
//! Bars are on a logarithmic scale, for a process for each test is two orders
//! of magnitude away. Each says its figure in words as well.

use super::figures::{Figures, Row};
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const LABEL: f64 = 170.0;
const FIGURE: f64 = 150.0;
const LINE: usize = 26;

/// The plot, of µs of wall-clock time for each test.
pub(crate) fn plot(figures: &Figures) -> String {
    let bars: Vec<(&Row, f64)> = figures.rows.iter().map(|row| (row, row.micros())).collect();
    let least = bars.iter().map(|bar| bar.1).fold(f64::INFINITY, f64::min);
    let most = bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
    let height = (bars.len() + 1) * LINE + 10;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<text x=\"4\" y=\"18\">{}: \
         wall-clock µs for each test, medians, logarithmic</text>\n",
        escaped(&figures.what)
    );
    for (index, (row, micros)) in bars.iter().enumerate() {
        let (top, width) = ((index + 1) * LINE, width(*micros, least, most));
        // Writing to a string never fails.
        let _ = writeln!(
            text,
            "<text x=\"4\" y=\"{}\">{}</text>\
             <rect x=\"{LABEL:.0}\" y=\"{}\" width=\"{width:.0}\" height=\"16\" fill=\"{}\"/>\
             <text x=\"{:.0}\" y=\"{}\">{micros:.1}</text>",
            top + 17,
            escaped(&row.name),
            top + 4,
            if row.name.starts_with("rewind") {
                "#2a7ab0"
            } else {
                "#b0b0b0"
            },
            LABEL + width + 6.0,
            top + 17,
        );
    }
    text.push_str("</svg>\n");
    text
}

/// The least bar has a fifth of the room, the widest all of it.
fn width(micros: f64, least: f64, most: f64) -> f64 {
    let room = WIDTH - LABEL - FIGURE;
    let span = (most / least).ln();
    let share = if span > 0.0 {
        (micros / least).ln() / span
    } else {
        1.0
    };
    room * (0.2 + 0.8 * share)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::sample;
    use super::*;

    #[test]
    fn plot_has_a_bar_for_each_contender() {
        insta::assert_snapshot!(plot(&sample()), @r##"
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 114" font-family="sans-serif" font-size="13">
        <text x="4" y="18">test/language: wall-clock µs for each test, medians, logarithmic</text>
        <text x="4" y="43">rewind 1</text><rect x="170" y="30" width="80" height="16" fill="#2a7ab0"/><text x="256" y="43">505.1</text>
        <text x="4" y="69">run-test262 1</text><rect x="170" y="56" width="326" height="16" fill="#b0b0b0"/><text x="502" y="69">5076.1</text>
        <text x="4" y="95">qjs for each</text><rect x="170" y="82" width="400" height="16" fill="#b0b0b0"/><text x="576" y="95">10101.0</text>
        </svg>
        "##);
    }

    #[test]
    fn equal_bars_have_all_the_room() {
        assert_eq!(width(3.0, 3.0, 3.0), WIDTH - LABEL - FIGURE);
    }
}
