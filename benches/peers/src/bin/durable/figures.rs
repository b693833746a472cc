//! Medians, and how they are printed.

use std::fmt::Display;
use std::time::Duration;

/// The figure in the middle; 0 if there is none.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "figures are told with three digits")]
pub(crate) fn float(number: u64) -> f64 {
    number as f64
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A number with thousands apart, as in the text around it.
pub(crate) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The first column is text and the others are figures.
pub(crate) fn head(columns: &[impl Display]) {
    row(columns);
    let rules =
        columns.iter().enumerate().map(|(place, _)| if place == 0 { "---" } else { "---:" });
    row(&rules.collect::<Vec<_>>());
}

pub(crate) fn row(cells: &[impl Display]) {
    let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
    println!("| {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use super::{grouped, median};

    #[test]
    fn thousands_are_apart() {
        let figures = [0.4, 999.0, 1000.0, 1_234_567.0];
        assert_eq!(figures.map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn the_median_is_in_the_middle_in_whatever_order_figures_come() {
        assert!((median(vec![9.0, 1.0, 5.0]) - 5.0).abs() < 1e-9);
    }
}
