//! The plots of the page: SVG by hand, a few shapes each.
//!
//! Every value that a plot shows is in a table as well.

use super::summary::Micros;
use std::fmt::Write;

const WIDTH: f64 = 760.0;
const LABEL: f64 = 150.0;
const LINE: f64 = 20.0;
const PLOT: f64 = 180.0;
/// Steps of a decade in the histogram.
pub(super) const STEPS: u32 = 8;

/// A scale of powers of ten, from `least` to `most` µs.
struct Decades {
    first: f64,
    span: f64,
}

impl Decades {
    fn over(least: f64, most: f64) -> Self {
        let first = least.max(0.1).log10().floor();
        let last = most.max(1.0).log10().ceil();
        Self {
            first,
            span: (last - first).max(1.0),
        }
    }

    fn x(&self, micros: f64) -> f64 {
        let share = (micros.max(0.1).log10() - self.first) / self.span;
        LABEL + (WIDTH - LABEL - 20.0) * share
    }

    /// Lines at the powers of ten, and what they are, down to `bottom`.
    fn grid(&self, bottom: f64) -> String {
        let mut text = String::new();
        let mut power = self.first;
        while power <= self.first + self.span {
            let (micros, x) = (10f64.powf(power), self.x(10f64.powf(power)));
            // Writing to a string never fails.
            let _ = write!(
                text,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"0\" y2=\"{bottom:.1}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{micros} µs</text>",
                bottom + 14.0
            );
            power += 1.0;
        }
        text
    }
}

fn svg(height: f64, title: &str, body: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n{body}\n</svg>\n"
    )
}

/// A row for each kind: a line from p50 to p99, with p90 on it.
pub(super) fn percentiles<'a>(kinds: impl Iterator<Item = (&'a str, Micros)> + Clone) -> String {
    let least = kinds.clone().map(|(_, it)| it.p50).fold(f64::MAX, f64::min);
    let most = kinds.clone().map(|(_, it)| it.p99).fold(0.0, f64::max);
    let scale = Decades::over(least, most);
    let mut body = String::new();
    let mut y = 0.0;
    for (name, it) in kinds {
        y += LINE;
        let [p50, p90, p99] = [it.p50, it.p90, it.p99].map(|micros| scale.x(micros));
        let _ = writeln!(
            body,
            "<g><title>{name}: p50 {}, p90 {}, p99 {} µs</title>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>\
             <line class=\"span\" x1=\"{p50:.1}\" x2=\"{p99:.1}\" y1=\"{y}\" y2=\"{y}\"/>\
             <circle class=\"p50\" cx=\"{p50:.1}\" cy=\"{y}\" r=\"4\"/>\
             <circle class=\"p90\" cx=\"{p90:.1}\" cy=\"{y}\" r=\"3\"/>\
             <circle class=\"p99\" cx=\"{p99:.1}\" cy=\"{y}\" r=\"3\"/></g>",
            it.p50,
            it.p90,
            it.p99,
            LABEL - 10.0,
            y + 4.0,
        );
    }
    let bottom = y + LINE;
    body.insert_str(0, &scale.grid(bottom));
    svg(bottom + LINE, "recovery by kind of fault, in µs", &body)
}

/// Bars of a histogram: lower edge in µs, and how many.
pub(super) fn histogram(bars: &[(f64, u64)]) -> String {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return String::new();
    };
    let step = 10f64.powf(1.0 / f64::from(STEPS));
    let scale = Decades::over(first.0, last.0 * step);
    let most = bars.iter().map(|bar| bar.1).max().unwrap_or(1).max(1) as f64;
    let mut body = scale.grid(PLOT);
    for (edge, count) in bars {
        let height = PLOT * (*count as f64) / most;
        let (left, right) = (scale.x(*edge), scale.x(edge * step));
        let _ = writeln!(
            body,
            "<rect class=\"bar\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\">\
             <title>from {edge:.1} to {:.1} µs: {count}</title></rect>",
            PLOT - height,
            right - left - 1.0,
            edge * step,
        );
    }
    svg(PLOT + LINE, "recoveries by their length", &body)
}

/// A line of cases a second over the run.
pub(super) fn throughput(rates: &[(f64, f64)]) -> String {
    let most = rates.iter().map(|rate| rate.1).fold(1.0, f64::max);
    let last = rates
        .iter()
        .map(|rate| rate.0)
        .fold(0.0, f64::max)
        .max(0.001);
    let mut points = String::new();
    for (second, rate) in rates {
        let x = LABEL + (WIDTH - LABEL - 20.0) * second / last;
        let _ = write!(points, "{x:.1},{:.1} ", PLOT - (PLOT - 10.0) * rate / most);
    }
    let (label, right) = (LABEL - 10.0, WIDTH - 20.0);
    let body = format!(
        "<line class=\"grid\" x1=\"{LABEL}\" x2=\"{right}\" y1=\"{PLOT}\" y2=\"{PLOT}\"/>\
         <text x=\"{label}\" y=\"14\" text-anchor=\"end\">{most:.0} cases/s</text>\
         <text x=\"{label}\" y=\"{PLOT}\" text-anchor=\"end\">0</text>\
         <text x=\"{right}\" y=\"{:.0}\" text-anchor=\"end\">{last:.1} s</text>\
         <polyline class=\"line\" points=\"{}\"/>",
        PLOT + 14.0,
        points.trim_end(),
    );
    svg(PLOT + LINE, "cases a second over the run", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_puts_powers_of_ten_at_equal_distances() {
        let scale = Decades::over(20.0, 900.0);
        let [a, b, c] = [10.0, 100.0, 1000.0].map(|micros| scale.x(micros));
        assert!((b - a - (c - b)).abs() < 1e-9);
        assert!((a - LABEL).abs() < 1e-9 && (c - (WIDTH - 20.0)).abs() < 1e-9);
    }

    #[test]
    fn histogram_draws_the_highest_bar_over_the_whole_height() {
        let drawn = histogram(&[(10.0, 5), (100.0, 10)]);
        assert!(drawn.contains("height=\"90.0\""), "{drawn}");
        assert!(drawn.contains("height=\"180.0\""), "{drawn}");
        assert!(drawn.contains("from 10.0 to 13.3 µs: 5"), "{drawn}");
        assert_eq!(histogram(&[]), "");
    }

    #[test]
    fn throughput_draws_a_point_for_each_span() {
        let drawn = throughput(&[(0.0, 50.0), (1.0, 100.0)]);
        assert!(
            drawn.contains("points=\"150.0,95.0 740.0,10.0\""),
            "{drawn}"
        );
        assert!(drawn.contains("100 cases/s"), "{drawn}");
    }
}
